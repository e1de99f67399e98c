import { spawn } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { DEMO_DATA_DIR, loadDemoConfig } from '../../src/config/demo-config.js';
import { loadConfig } from '../../src/config/loader.js';
import { loadForStart } from '../../src/config/start-config.js';
import { chooseStartMode } from '../../src/config/start-mode.js';
import { freshFolder, KEY, SECRETS } from './config.harness.js';

describe('the choice between the real upstream and demo mode', () => {
  const modeOf = (question: Partial<Parameters<typeof chooseStartMode>[0]>) =>
    chooseStartMode({ demoRequested: false, hasFile: false, env: {}, ...question }).mode;

  it.each<[string, Parameters<typeof modeOf>[0], string]>([
    ['neither a file nor a key', {}, 'demo'],
    ['an empty key', { env: { GEMINI_API_KEY: '\n' } }, 'demo'],
    ['loopback named', { env: { HOST: '127.0.0.1', ADMIN_HOST: '::1' } }, 'demo'],
    ['a key', { env: { GEMINI_API_KEY: KEY } }, 'real'],
    ['a file', { hasFile: true }, 'real'],
    ['a file in production', { hasFile: true, env: { NODE_ENV: 'production' } }, 'real'],
    ['demo asked for by name', { demoRequested: true, hasFile: true, env: { NODE_ENV: 'production' } }, 'demo'],
    ['nothing in production', { env: { NODE_ENV: 'production' } }, 'refused'],
    ['nothing, for other machines to reach', { env: { HOST: '0.0.0.0' } }, 'refused'],
    ['nothing, with a control plane for other machines', { env: { ADMIN_HOST: '192.168.1.1' } }, 'refused'],
  ])('with %s', (_, question, expected) => {
    expect(modeOf(question)).toBe(expected);
  });

  it('says in a refusal how to go on', () => {
    const mode = chooseStartMode({ demoRequested: false, hasFile: false, env: { NODE_ENV: 'production' } });
    expect(mode.mode === 'refused' ? mode.violations[0] : undefined).toMatchObject({
      path: 'gemini.api_keys',
      message: expect.stringContaining('set GEMINI_API_KEY'),
    });
  });
});

describe('the configuration of demo mode', () => {
  const upstream = { baseUrl: 'http://127.0.0.1:4711', keys: [KEY] };

  it('touches no store and no key of the environment, and asks for no secret in a production image', () => {
    const env = {
      DATABASE_URL: 'postgres://db/x',
      REDIS_URL: 'redis://cache',
      GEMINI_API_KEY: 'real',
      NODE_ENV: 'production',
    };
    const result = loadDemoConfig(upstream, { env: { ...env, PORT: '81' }, cwd: '/' });

    expect(result.ok && result.config).toMatchObject({
      server: { port: 81 },
      gemini: { base_url: upstream.baseUrl, api_keys: [{ id: 'demo-1' }] },
      persistence: { url: undefined, data_dir: DEMO_DATA_DIR },
      redis: { url: undefined },
      security: { environment: 'development' },
    });
  });
});

describe('secrets that nobody gave', () => {
  const start = (cwd: string, env: Record<string, string> = {}) => {
    const all = { GEMINI_API_KEY: KEY, ...env };
    const result = loadForStart((localSecrets) => loadConfig({ env: all, cwd, localSecrets }), cwd);
    if (!result.ok) throw new Error(JSON.stringify(result.violations));
    return result;
  };
  const secretsOf = ({ config }: ReturnType<typeof start>) =>
    [config.auth.jwt_secret, config.auth.admin_password, config.security.master_key].map((secret) => secret?.reveal());

  it('are made strong, once, and are the same at the next start', () => {
    const cwd = freshFolder();
    const first = start(cwd);
    const [jwt = '', password = '', master = ''] = secretsOf(first);

    expect(first.localSecrets.made).toEqual(['jwt_secret', 'admin_password', 'master_key']);
    expect(jwt.length).toBeGreaterThanOrEqual(64);
    expect(password.length).toBeGreaterThanOrEqual(20);
    for (const kind of [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/]) {
      expect([jwt, password].every((secret) => kind.test(secret))).toBe(true);
    }
    expect(Buffer.from(master, 'base64')).toHaveLength(32);

    const second = start(cwd);
    expect(second.localSecrets.made).toEqual([]);
    expect(secretsOf(second)).toEqual([jwt, password, master]);
  });

  it('can be read by their owner alone', () => {
    const { localSecrets } = start(freshFolder());
    expect(statSync(localSecrets.folder).mode & 0o777).toBe(0o700);
    const files = readdirSync(localSecrets.folder);
    expect(files.sort()).toEqual(['admin_password', 'jwt_secret', 'master_key']);
    for (const file of files) expect(statSync(join(localSecrets.folder, file)).mode & 0o777).toBe(0o600);
  });

  it('are left alone where the environment gives them, and made once it no longer does', () => {
    const cwd = freshFolder();
    const given = start(cwd, { ADMIN_PASSWORD: SECRETS.ADMIN_PASSWORD });
    expect(given.localSecrets.made).toEqual(['jwt_secret', 'master_key']);
    expect(secretsOf(given)[1]).toBe(SECRETS.ADMIN_PASSWORD);

    expect(start(cwd).localSecrets.made).toEqual(['admin_password']);
  });

  it('are the same for processes that start at the same time, and made by one of them', async () => {
    const folders = Array.from({ length: 20 }, freshFolder);
    const processes = await Promise.all(Array.from({ length: 3 }, () => startProcess(folders)));
    const outcomes = await Promise.all(processes.map((begin) => begin()));

    for (const [index, folder] of folders.entries()) {
      const here = outcomes.map((starts) => starts[index]!);
      expect(new Set(here.map(({ values }) => JSON.stringify(values))).size).toBe(1);
      expect(here.flatMap(({ made }) => made).sort()).toEqual(['admin_password', 'jwt_secret', 'master_key']);
      expect(readdirSync(join(folder, 'data/secrets')).filter((name) => name.startsWith('.'))).toEqual([]);
    }
  });

  it('are not replaced when a file was emptied', () => {
    const cwd = freshFolder();
    const { localSecrets } = start(cwd);
    writeFileSync(join(localSecrets.folder, 'master_key'), '');
    expect(() => start(cwd)).toThrow(/master_key is empty: restore the secret/);
  });

  it('are made in no case in production', () => {
    const cwd = freshFolder();
    const env = { GEMINI_API_KEY: KEY, NODE_ENV: 'production' };
    const result = loadForStart((localSecrets) => loadConfig({ env, cwd, localSecrets }), cwd);

    expect(result.ok).toBe(false);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

interface Start {
  readonly made: string[];
  readonly values: Record<string, string>;
}

/** A process that is ready to start in each of the folders; call the result to let it begin. */
async function startProcess(folders: readonly string[]): Promise<() => Promise<Start[]>> {
  const script = join(import.meta.dirname, 'start-process.mjs');
  const child = spawn(process.execPath, [script, KEY, ...folders], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  return async () => {
    child.stdin.end('begin\n');
    return JSON.parse(String((await lines.next()).value)) as Start[];
  };
}
