import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/loader.js';
import { freshFolder, KEY, loaded, mistakes, OTHER_KEY, withKey } from './config.harness.js';

describe('references', () => {
  it('takes awkward values as they are: quotes, hashes, colons, newlines', () => {
    const awkward = `a"b'c # d: {e}\nf`;
    const { config } = loaded(withKey('auth:\n  admin_password: ${PASSWORD}\n'), { PASSWORD: awkward });
    expect(config.auth.admin_password?.reveal()).toBe(awkward);
  });

  it('drops the newline that secret stores add', () => {
    const { config } = loaded(withKey('auth: { admin_password: "${PASSWORD}" }\n'), { PASSWORD: 'x-y-z\n' });
    expect(config.auth.admin_password?.reveal()).toBe('x-y-z');
  });

  it('uses the default where the variable is not set or empty', () => {
    const yaml = withKey('server: { host: "${A:-127.0.0.2}", port: "${B:-81}" }\n');
    expect(loaded(yaml, { A: '' }).config.server).toMatchObject({ host: '127.0.0.2', port: 81 });
  });

  it('treats an option whose variable is not set as not written', () => {
    expect(loaded(withKey('server: { port: "${NOT_SET}" }\n')).config.server.port).toBe(8080);
  });

  it('names the variable that a needed option lacks', () => {
    expect(mistakes('gemini:\n  api_keys: [{ id: primary, key: "${MY_KEY}" }]\n')).toEqual([
      'gemini.api_keys[0].key: is missing: give the text of a Gemini API key, for instance ${GEMINI_API_KEY} (the variable MY_KEY is not set)',
    ]);
  });

  it('reads files, and says which one it cannot read', () => {
    const file = join(freshFolder(), 'secret');
    writeFileSync(file, 'from-a-file\n');
    expect(loaded(withKey(`auth: { admin_password: "file:${file}" }\n`)).config.auth.admin_password?.reveal()).toBe(
      'from-a-file',
    );
    expect(mistakes(withKey('auth: { admin_password: file:/not/there }\n'))).toEqual([
      'auth.admin_password: names the file /not/there, which cannot be read (ENOENT): make it readable or give the value',
    ]);
    expect(mistakes(withKey('auth: { admin_password: file:relative }\n'))[0]).toContain('absolute path');
  });

  it('refuses what looks like a reference and is none', () => {
    expect(mistakes(withKey('logging: { level: "${LOG LEVEL}" }\n'))[0]).toContain('which is no reference');
  });

  it('keeps ${ itself where it is written as $${', () => {
    const { config } = loaded(withKey('auth: { admin_password: "a$${b}" }\n'));
    expect(config.auth.admin_password?.reveal()).toBe('a${b}');
  });

  it('asks for quotes where a reference stands bare within braces', () => {
    expect(mistakes('gemini: { api_keys: [{ id: a, key: ${K} }] }\n')[0]).toContain('in quotes');
  });

  it('keeps references in the document, and values out of it', () => {
    const { document } = loaded('gemini: { api_keys: [{ id: a, key: "${K}" }] }', { K: KEY });
    expect(JSON.stringify(document)).toBe('{"gemini":{"api_keys":[{"id":"a","key":{"$from":"${K}"}}]}}');
  });
});

describe('the environment', () => {
  it('overrides the file', () => {
    const { config } = loaded(withKey('server: { host: 127.0.0.1, port: 1 }\nlogging: { level: info }\n'), {
      HOST: '0.0.0.0',
      PORT: '82',
      ADMIN_HOST: '127.0.0.3',
      ADMIN_PORT: '83',
      LOG_LEVEL: 'debug',
      DATABASE_URL: 'postgres://db/x',
      REDIS_URL: 'redis://cache',
      JWT_SECRET: 'jwt\n',
    });
    expect(config.server).toMatchObject({ host: '0.0.0.0', port: 82 });
    expect(config.metrics).toMatchObject({ host: '127.0.0.3', prometheus_port: 83 });
    expect(config.logging.level).toBe('debug');
    expect(config.persistence.url?.reveal()).toBe('postgres://db/x');
    expect(config.redis.url?.reveal()).toBe('redis://cache');
    expect(config.auth.jwt_secret?.reveal()).toBe('jwt');
  });

  it('is named where its value is the mistake', () => {
    expect(mistakes(withKey(), { PORT: 'http' })).toEqual([
      'server.port: must be a whole number from 0 to 65535 (it comes from the variable PORT)',
    ]);
  });

  it('asks for production only where the file does not say', () => {
    const env = { NODE_ENV: 'production' };
    expect(loaded(withKey('security: { environment: development }\n'), env).config.security.environment).toBe(
      'development',
    );
  });

  it('makes the key list when the file has none', () => {
    for (const yaml of ['', 'gemini: { api_keys: [] }', 'gemini:\n  api_keys:\n']) {
      const { config } = loaded(yaml, { GEMINI_API_KEY: ` ${KEY}, ${OTHER_KEY},\n` });
      expect(config.gemini.api_keys.map(({ id, key }) => [id, key.reveal()])).toEqual([
        ['primary', KEY],
        ['primary-2', OTHER_KEY],
      ]);
    }
  });

  it('leaves the list of the file alone', () => {
    const { config } = loaded(withKey(), { GEMINI_API_KEY: OTHER_KEY });
    expect(config.gemini.api_keys.map(({ key }) => key.reveal())).toEqual([KEY]);
  });

  it('expands an entry with several keys, with its other fields, and names the written entry in a mistake', () => {
    const yaml = (weight: string) =>
      `gemini:\n  api_keys:\n    - { id: primary, key: "\${GEMINI_API_KEY}", weight: 7 }\n    - { id: other, key: ${KEY}, weight: ${weight} }\n`;
    const env = { GEMINI_API_KEY: `${'a'.repeat(39)},${'b'.repeat(39)},${'c'.repeat(39)}` };

    const { config } = loaded(yaml('3'), env);
    expect(config.gemini.api_keys.map(({ id, weight, project }) => [id, weight, project])).toEqual([
      ['primary', 7, 'primary'],
      ['primary-2', 7, 'primary-2'],
      ['primary-3', 7, 'primary-3'],
      ['other', 3, 'other'],
    ]);
    expect(mistakes(yaml('-3'), env)).toEqual(['gemini.api_keys[1].weight: must be a whole number from 0 to 1000000']);
  });

  it('is a whole configuration when it holds a key', () => {
    const result = loadConfig({ env: { GEMINI_API_KEY: KEY }, cwd: freshFolder() });
    expect(result).toMatchObject({ ok: true, source: { kind: 'environment' } });
  });
});

describe('the file', () => {
  it('is the named one, then GEMINI_PROXY_CONFIG, then config/proxy.yaml', () => {
    const cwd = freshFolder();
    mkdirSync(join(cwd, 'config'));
    const files = { 'config/proxy.yaml': 1, 'variable.yaml': 2, 'named.yaml': 3 };
    for (const [file, port] of Object.entries(files)) {
      writeFileSync(join(cwd, file), withKey(`server: { port: ${port} }`));
    }
    const portOf = (options: { file?: string; env: Record<string, string> }) => {
      const result = loadConfig({ ...options, cwd });
      return result.ok ? result.config.server.port : undefined;
    };

    expect(portOf({ file: 'named.yaml', env: { GEMINI_PROXY_CONFIG: 'variable.yaml' } })).toBe(3);
    expect(portOf({ env: { GEMINI_PROXY_CONFIG: join(cwd, 'variable.yaml') } })).toBe(2);
    expect(portOf({ env: {} })).toBe(1);
  });

  it('must exist when it is named', () => {
    const result = loadConfig({ file: 'gone.yaml', env: { GEMINI_API_KEY: KEY }, cwd: freshFolder() });
    expect(result.ok ? '' : result.violations[0]?.message).toContain('gone.yaml cannot be read');
  });

  it('is refused with the line when it is no YAML, or says one thing twice', () => {
    expect(mistakes('server: {\n')[0]).toContain('is no YAML');
    expect(mistakes(`server: {}\nserver: {}\n${withKey()}`)[0]).toContain('unique');
    for (const alias of ['server: *none\n', 'server: &a [*a]\n', '&a { server: *a }\n']) {
      expect(mistakes(alias)[0]).toContain('an alias (*name) leads nowhere, into itself');
    }
    expect(mistakes('- just\n- a list\n')[0]).toContain('must hold sections');
  });

  it('needs a key from somewhere, and says so beside the other mistakes', () => {
    expect(mistakes('server: { prot: 1 }').map((text) => text.split(':')[0])).toEqual([
      'server.prot',
      'gemini.api_keys',
    ]);
    const result = loadConfig({ env: {}, cwd: freshFolder(), keysNeeded: false });
    expect(result.ok).toBe(true);
  });

  it('has the same hash only while its text is the same', () => {
    const hash = (yaml: string) => loaded(yaml).fileHash;
    expect(hash(withKey())).toBe(hash(withKey()));
    expect(hash(withKey())).not.toBe(hash(withKey('# changed\n')));
    expect(hash(withKey())).toMatch(/^[0-9a-f]{64}$/);
  });
});
