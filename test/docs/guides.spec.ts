import { describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PERMISSIONS, ROLE_PERMISSIONS } from '../../src/auth/permissions.js';
import { EXIT } from '../../src/cli/exit-code.js';
import { OVERRIDES } from '../../src/config/environment.js';
import { RESERVED_OPTIONS } from '../../src/config/reserved-options.js';
import { proxyConfigSchema } from '../../src/config/schema.js';
import { valueAt } from '../../src/config/option-path.js';
import { FAULTS } from '../../src/kernel/errors/fault-table.js';
import { ROLES } from '../../src/kernel/principal.js';
import { documentText, ROOT, sectionOf, tableRows } from './document-blocks.js';

const code = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

interface Cruiser {
  readonly forbidden: readonly { readonly name: string; readonly comment?: string }[];
}

describe('docs/development.md', () => {
  const GUIDE = 'docs/development.md';

  it('has the floors that the lint enforces, row by row', () => {
    const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as Cruiser;
    const floors = forbidden.filter(({ name }) => name.startsWith('floor-')).map(({ name }) => name.slice(6));
    const rows = tableRows(sectionOf(GUIDE, '## Modules and floors')).map(([, modules]) => code(modules));
    expect(rows.flat()).toEqual(floors);
    // What a module may import is what stands in the rows above it, minus its note.
    for (const [index, row] of rows.entries()) {
      const above = new Set(rows.slice(0, index).flat());
      for (const name of row) {
        const rule = forbidden.find((candidate) => candidate.name === `floor-${name}`)?.comment ?? '';
        const allowed = rule.replace(/^.*: /, '').split(', ');
        expect(allowed.filter((other) => other !== 'nothing' && !above.has(other))).toEqual([]);
      }
    }
  });

  it('says of every folder of src on which floor it stands, and calls reserved only those that are not there', () => {
    const text = sectionOf(GUIDE, '## Modules and floors');
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) expect(text).toMatch(new RegExp(`\`(?:src/)?${name}/?\``));
    const listed = tableRows(text).flatMap(([, modules]) => code(modules));
    const missing = listed.filter((name) => !folders.some((folder) => folder.name === name));
    expect(text.match(/\(reserved/g)).toHaveLength(missing.length);
  });

  it('names the phases of a call as the handler goes through them', () => {
    const phases = tableRows(sectionOf(GUIDE, '## The life of a call'));
    const files = phases.flatMap(([, where]) => code(where)).filter((file) => file.includes('/phases/'));
    const inFolder = readdirSync(join(ROOT, 'src/proxy/phases')).map((name) => `src/proxy/phases/${name}`);
    expect([...files].sort()).toEqual(inFolder.sort());
    // The handler, with what it calls put in the place of the calls.
    const text = documentText('src/proxy/exchange.handler.ts')
      .replace('.answering.answer(', documentText('src/proxy/answering.ts'))
      .replace('.answers.answer(', documentText('src/proxy/answers.ts'));
    const inHandler = ['understandCall(', '.admit(', '.read(', 'inspect('];
    const calls = [...inHandler, '.place(', '.attempt(', '.follow(', '.note(', '.relayAnswer('];
    const places = calls.map((call) => text.indexOf(call));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    const order = ['understand', 'admit', 'read', 'inspect', 'place', 'attempt', 'follow', 'own', 'relay'];
    expect(phases.map(([name]) => name)).toEqual(['receive', 'identify', ...order, 'settle']);
  });

  it('lists exactly the scopes of verdicts', () => {
    const source = documentText('src/kernel/gemini/verdict.ts');
    const type = source.slice(source.indexOf('export type Verdict ='), source.indexOf('export type VerdictScope'));
    const scopes = [...type.matchAll(/scope: '(\w+)'/g)].map(([, scope = '']) => scope);
    expect(tableRows(sectionOf(GUIDE, '## Verdicts')).flatMap(([scope]) => code(scope))).toEqual(scopes);
  });
});

describe('docs/wire-facts.md', () => {
  it('has every section that comments refer to', () => {
    const text = documentText('docs/wire-facts.md');
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const cited = sources.flatMap((name) => [...documentText(`src/${name}`).matchAll(/wire facts ([A-Z](?:\.\d)?)/g)]);
    expect(cited.length).toBeGreaterThan(20);
    const missing = cited
      .map(([, section = '']) => section)
      .filter((section) => !new RegExp(`^##+ ${section.replace('.', '\\.')}[. ]`, 'm').test(text));
    expect(missing).toEqual([]);
  });
});

describe('docs/security.md', () => {
  it('prints the matrix of roles and permissions as it is in force', () => {
    const [, ...roles] = sectionOf('docs/security.md', '## Who may do what')
      .split('\n')
      .find((line) => line.startsWith('| permission'))!
      .split('|')
      .slice(1, -1)
      .map((cell) => code(cell)[0] ?? cell.trim());
    expect(roles).toEqual([...ROLES]);
    const printed = tableRows(sectionOf('docs/security.md', '## Who may do what'));
    const inForce = PERMISSIONS.map((permission) => [
      `\`${permission}\``,
      ...ROLES.map((role) => (ROLE_PERMISSIONS[role].has(permission) ? '✓' : '')),
    ]);
    expect(printed).toEqual(inForce);
  });

  it('promises only what a test folder shows', () => {
    const folders = tableRows(sectionOf('docs/security.md', '## Promises')).flatMap(([, shown]) => code(shown));
    expect(folders.length).toBeGreaterThan(5);
    for (const folder of folders) {
      expect(readdirSync(join(ROOT, folder)).some((name) => name.endsWith('.spec.ts'))).toBe(true);
    }
  });

  it('says of what is not in force that it is not', () => {
    const text = documentText('docs/security.md');
    for (const option of text.match(/`security\.ip_\w+`/g) ?? []) {
      expect(Object.keys(RESERVED_OPTIONS)).toContain(option.slice(1, -1));
    }
    expect(Object.keys(RESERVED_OPTIONS)).toEqual(expect.arrayContaining(['rate_limit', 'server.tls.enabled']));
  });
});

describe('docs/operations.md', () => {
  const GUIDE = 'docs/operations.md';
  const defaults = proxyConfigSchema.parse({ gemini: { api_keys: [{ id: 'a', key: 'k'.repeat(39) }] } });

  it('lists every exit code of the process', () => {
    const listed = tableRows(sectionOf(GUIDE, '## Exit codes')).map(([cell]) => Number(cell));
    expect(listed).toEqual(expect.arrayContaining(Object.values(EXIT)));
    const forced = /const FORCED = (\d+)/.exec(documentText('src/cli/stop-signal.ts'))?.[1];
    expect(listed).toEqual([...Object.values(EXIT), Number(forced)]);
  });

  it('gives the variables and defaults of ports and addresses', () => {
    for (const [option = '', variable = '', value = ''] of tableRows(sectionOf(GUIDE, '## Ports and addresses'))) {
      const [path = '', name = '', shown = ''] = [option, variable, value].map((cell) => code(cell)[0]);
      expect(OVERRIDES[name]).toBe(path);
      expect(String(valueAt(defaults, path.split('.')))).toBe(shown);
    }
  });

  it('lists exactly the indicators of health', () => {
    const folder = join(ROOT, 'src/insight');
    const names = readdirSync(folder)
      .filter((file) => file.endsWith('.health.ts'))
      .map((file) => /indicators\.check\('(\w+)'\)/.exec(documentText(`src/insight/${file}`))?.[1]);
    const listed = tableRows(sectionOf(GUIDE, '## Health')).flatMap(([cell]) => code(cell));
    expect(listed.filter((name) => !name.startsWith('/')).sort()).toEqual(names.sort());
  });
});

describe('docs/clients.md', () => {
  it('tells codes of faults with the status that they have', () => {
    for (const [name, status] of tableRows(sectionOf('docs/clients.md', '## Errors'))) {
      const [fault = ''] = code(name);
      expect([fault, (FAULTS as Record<string, { status: number }>)[fault]?.status]).toEqual([fault, Number(status)]);
    }
  });
});
