import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ProxyHarness } from '../support/proxy.harness.js';
import { documentBlocks, documentText, ROOT, sectionOf, tableRows } from './document-blocks.js';

const README = 'README.md';
const CHINESE = 'README.zh-CN.md';
const code = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

describe('README.md', () => {
  it('opens with what it is and the two commands', () => {
    const opening = documentText(README).slice(0, 3000);
    expect(opening).toContain('npm ci && npm start');
    expect(opening).toContain('npm ci && npm test');
  });

  it.each([
    '## Features',
    '## Quick start',
    '## Configuration',
    '## Clients',
    '## Endpoints',
    '## Tokens',
    '## Security',
    '### TLS',
    '## Monitoring',
    '## Project structure',
    '## Development',
    '## Licence',
  ])('has the section %s', (heading) => {
    expect(sectionOf(README, heading).trim()).not.toBe('');
  });

  it('shows a minimal configuration of the four sections', () => {
    const [minimal] = documentBlocks(README).filter(({ kind }) => kind === 'configuration');
    const sections = minimal?.text.split('\n').filter((line) => /^\w/.test(line));
    expect(sections).toEqual(['server:', 'gemini:', 'auth:', 'metrics:']);
  });

  it('says of every folder of src what lives there, and names none that is not there', () => {
    const folders = tableRows(sectionOf(README, '## Project structure')).flatMap(([cell]) => code(cell));
    expect(folders.length).toBeGreaterThan(15);
    for (const folder of folders) expect([folder, existsSync(join(ROOT, folder))]).toEqual([folder, true]);
  });

  it('lists only scripts of package.json among the development commands', () => {
    const { scripts } = JSON.parse(documentText('package.json')) as { scripts: Record<string, string> };
    const listed = tableRows(sectionOf(README, '## Development')).flatMap(([cell]) => code(cell));
    expect(listed.length).toBeGreaterThan(7);
    for (const command of listed) {
      expect(Object.keys(scripts)).toContain(command.replace(/^npm (run )?/, ''));
    }
  });
});

describe('README.md, held against a replica', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
    await (await proxy.generate()).arrayBuffer();
  });
  afterAll(() => proxy.stop());

  it('lists exactly the routes of the control plane', async () => {
    const answer = await fetch(`${proxy.controlUrl}/docs-json`);
    const { paths } = (await answer.json()) as { paths: Record<string, Record<string, unknown>> };
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const listed = tableRows(sectionOf(README, '### Control plane (9090)')).flatMap(([cell]) => code(cell));
    expect([...listed].sort()).toEqual(served.sort());
  });

  it('lists exactly the metrics of the proxy, with their labels', async () => {
    const text = await proxy.metrics();
    const own = [...text.matchAll(/^# TYPE (\S+)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => !/^(process|nodejs)_/.test(name));
    const rows = tableRows(sectionOf(README, '## Monitoring')).map(([name, labels]) => [code(name)[0], code(labels)]);
    expect(rows.map(([name]) => name).sort()).toEqual(own.sort());
    for (const [name = '', labels = []] of rows as [string, string[]][]) {
      const sample = new RegExp(`^${name}(?:_count)?\\{([^}]*)\\}`, 'm').exec(text)?.[1];
      const seen = [...(sample ?? '').matchAll(/(\w+)="/g)].map(([, label = '']) => label);
      if (sample !== undefined) expect([name, seen.sort()]).toEqual([name, [...labels].sort()]);
    }
  });
});

describe('README.zh-CN.md', () => {
  it('has the headings of README.md, level by level', () => {
    expect(levels(CHINESE)).toEqual(levels(README));
  });

  it('has the same blocks, letter by letter', () => {
    const plain = (path: string) => documentBlocks(path).map(({ kind, language, text }) => ({ kind, language, text }));
    expect(plain(CHINESE)).toEqual(plain(README));
  });

  it('has the same tables: what stands in code in one stands in the other', () => {
    const rows = (path: string) => tableRows(documentText(path)).map((cells) => code(cells[0]));
    expect(rows(CHINESE)).toEqual(rows(README));
  });

  it('names the same files, variables and paths', () => {
    const named = (path: string) => new Set(code(documentText(path).replaceAll(/```[\s\S]*?```/g, '')));
    expect([...named(CHINESE)].sort()).toEqual([...named(README)].sort());
  });
});

/** The levels of the headings, outside code. */
function levels(path: string): readonly number[] {
  const text = documentText(path).replaceAll(/```[\s\S]*?```/g, '');
  return [...text.matchAll(/^(#+) /gm)].map(([, marks = '']) => marks.length);
}
