import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/loader.js';
import { reservedOptionsSet } from '../../src/config/reserved-options.js';
import { ADMIN_PASSWORD, MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { type DocumentBlock, documentBlocks, documentText, ROOT } from './document-blocks.js';
import { clientVariablesOf, runNode, runShell, variablesOf } from './snippets.js';

// SDKs take their time to load on a busy machine.
jest.setTimeout(60_000);

const GUIDES = ['balancing', 'clients', 'operations', 'security', 'development'];
const DOCUMENTS = ['README.md', ...GUIDES.map((name) => `docs/${name}.md`)];
const blocks = DOCUMENTS.flatMap((document) =>
  documentBlocks(document).map((block) => ({ ...block, document, name: `${document}:${block.line}` })),
);
type NamedBlock = DocumentBlock & { readonly document: string; readonly name: string };

const KINDS = [
  /^commands$/,
  /^call$/,
  /^admin$/,
  /^client-commands$/,
  /^node$/,
  /^node prints a token$/,
  /^node with [A-Z_]+( [A-Z_]+)*$/,
  /^python$/,
  /^python with [A-Z_]+( [A-Z_]+)*$/,
  /^configuration$/,
  /^json$/,
  /^printed$/, // test/cli/start.spec.ts
];

function of(kind: RegExp): readonly NamedBlock[] {
  return blocks.filter((block) => kind.test(block.kind ?? ''));
}

describe('the fenced blocks of the documents', () => {
  it.each(blocks)('$name says how it is tested', ({ kind = 'nothing' }) => {
    expect(KINDS.filter((known) => known.test(kind))).toHaveLength(1);
  });
});

describe('snippets run as they stand', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
  });
  afterAll(() => proxy.stop());

  it.each(of(/^node$/))('$name gets an answer', async ({ text }) => {
    const before = proxy.emulator.requests.length;
    expect(await runNode(text, variablesOf(proxy))).toMatch(/\w/);
    const seen = proxy.emulator.requests.slice(before).map(({ path }) => path);
    expect(seen.length).toBeGreaterThan(0);
  });

  it.each(of(/^node with/))('$name gets an answer, pointed by its variables alone', async ({ text, kind = '' }) => {
    const named = kind.split(' ').slice(2);
    const env = Object.entries(clientVariablesOf(proxy)).filter(([name]) => named.includes(name));
    expect(env).toHaveLength(named.length);
    expect(await runNode(text, Object.fromEntries(env))).toMatch(/You asked/);
  });

  it.each(of(/^call$/))('$name is answered', async ({ text }) => {
    const printed = await runShell(text, variablesOf(proxy));
    expect(printed).toMatch(/"(?:text|access_token)":/);
    expect(printed).not.toMatch(/"error"|"code"/);
  });

  it.each(of(/^admin$/))('$name is carried out for an admin', async ({ text }) => {
    const body = JSON.stringify({ password: ADMIN_PASSWORD });
    const headers = { 'content-type': 'application/json' };
    const login = await fetch(`${proxy.controlUrl}/auth/login`, { method: 'POST', headers, body });
    const { access_token: token } = (await login.json()) as { access_token: string };
    const printed = await runShell(text, { ...variablesOf(proxy), ADMIN_TOKEN: token });
    expect(JSON.parse(printed)).not.toHaveProperty('code');
  });

  it.each(of(/^node prints a token$/))('$name makes a token that the proxy takes', async ({ text }) => {
    const token = (await runNode(text, variablesOf(proxy))).trim();
    const call = (key: string) => fetch(`${proxy.url}/v1beta/models/${MODEL}`, { headers: { 'x-goog-api-key': key } });
    expect((await call(token)).status).toBe(200);
    expect((await call(`${token.slice(0, -6)}AAAAAA`)).status).toBe(401);
    expect((await proxy.auditedCalls()).at(-2)?.actor).toEqual({ type: 'client', id: 'alice' });
  });
});

describe('configurations are valid', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gemini-proxy-docs-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(of(/^configuration$/))('$name, and everything it sets is in force', ({ text }) => {
    writeFileSync(join(folder, 'proxy.yaml'), text);
    const env = { GEMINI_API_KEY: 'k'.repeat(39), JWT_SECRET: 'j'.repeat(40), ADMIN_PASSWORD: 'p'.repeat(20) };
    const result = loadConfig({ file: 'proxy.yaml', env, cwd: folder });
    expect(result).toMatchObject({ ok: true });
    expect(result.ok && reservedOptionsSet(result.config)).toEqual([]);
  });

  it.each(of(/^json$/))('$name is JSON', ({ text }) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });
});

describe('commands exist', () => {
  const { scripts } = JSON.parse(documentText('package.json')) as { scripts: Record<string, string> };
  const BUILT_IN = ['ci', 'test', 'start'];
  const lines = of(/^commands$/).flatMap(({ text, name }) =>
    text.split(/\n|&&/).map((line) => ({ name, line: line.trim() })),
  );

  it.each(lines)('$name: $line', ({ line }) => {
    const [program, first, second = ''] = line.replace(/^(\w+=\S+ )+/, '').split(' ');
    switch (program) {
      case 'npm':
        expect([...BUILT_IN, 'run']).toContain(first);
        if (first === 'run') expect(Object.keys(scripts)).toContain(second);
        break;
      case 'npx':
        expect(first).toBe('gemini-proxy');
        expect(commands()).toContain(second);
        break;
      case 'docker':
        expect(existsSync(join(ROOT, first === 'compose' ? 'docker-compose.yml' : 'Dockerfile'))).toBe(true);
        break;
      default:
        throw new Error(`no check for ${String(program)}`);
    }
  });

  it.each(DOCUMENTS)('%s names only scripts, commands and files that are there', (document) => {
    const text = documentText(document);
    for (const [, script = ''] of text.matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(script);
    for (const [, name = ''] of text.matchAll(/npx gemini-proxy (\w[\w-]*)/g)) expect(commands()).toContain(name);
    for (const [, path = ''] of text.matchAll(/`((?:src|test|docs|config|migrations|deploy|scripts)\/[\w./-]*)`/g)) {
      expect([path, path === 'config/proxy.yaml' || existsSync(join(ROOT, path))]).toEqual([path, true]);
    }
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const base = join(ROOT, document, '..');
      expect([link, existsSync(join(base, link))]).toEqual([link, true]);
    }
  });
});

describe('snippets in Python', () => {
  const readme = documentText('README.md') + documentText('docs/clients.md');

  it.each(of(/^python/))(
    '$name points its client as the tables say, and names no other variable',
    ({ text, kind = '' }) => {
      const used = [...text.matchAll(/environ\["(\w+)"\]/g)].map(([, name = '']) => name);
      const named = kind.split(' ').slice(2);
      expect([...new Set([...used, ...named])].length).toBe(2);
      for (const name of used) expect(['PROXY_URL', 'PROXY_TOKEN']).toContain(name);
      for (const name of named) expect(readme).toMatch(new RegExp(`\\| \`${name}\` *\\|`));
      if (used.length > 0) expect(text).toMatch(/base_url"?[=:] ?os\.environ\["PROXY_URL"\]/);
      expect(text).toContain(`model="${MODEL}"`);
    },
  );
});

/** The subcommands of the binary, from its own usage. */
function commands(): readonly string[] {
  const source = documentText('src/cli/run-command.ts');
  return [...source.matchAll(/^ {4}usage: '([\w-]+)/gm)].map(([, name = '']) => name);
}
