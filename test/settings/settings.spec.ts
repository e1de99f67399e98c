import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ConfigStore } from '../../src/config/config.store.js';
import type { ConfigDocument } from '../../src/config/document/config-document.js';
import { loadDemoConfig } from '../../src/config/demo-config.js';
import { loadConfig, type LoadedConfig } from '../../src/config/loader.js';
import { Secret } from '../../src/kernel/secret.js';
import { ConfigVersionEntity } from '../../src/persistence/entities/config-version.entity.js';
import { ConfigVersionRepository } from '../../src/persistence/repositories/config-version.repository.js';
import { SettingsService } from '../../src/settings/settings.service.js';
import { MasterKey } from '../../src/vault/master-key.js';
import { Vault } from '../../src/vault/vault.js';
import { freshFolder, KEY, loaded, OTHER_KEY, withKey } from '../config/config.harness.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const CHANGE = { actor: 'ada', source: 'api', summary: 'a change' };
const vaultOf = (letter: string) => new Vault(MasterKey.parse(new Secret(letter.repeat(64))));
const vault = vaultOf('a');

let database: TestDatabase | undefined;
let versions: ConfigVersionRepository;

beforeEach(async () => {
  Logger.overrideLogger(false);
  database ??= await createTestDatabase();
  const rows = database.dataSource.getRepository(ConfigVersionEntity);
  await rows.clear();
  versions = new ConfigVersionRepository(rows);
});

afterAll(async () => {
  await database?.drop();
});

/** A process that starts with this base configuration. */
async function started(base: LoadedConfig, withVault = vault) {
  const store = new ConfigStore(base.config);
  const settings = new SettingsService(base, store, versions, withVault);
  await settings.start();
  return { store, settings };
}

const documentOf = ({ settings }: { settings: SettingsService }) => settings.current.document as ConfigDocument;

describe('at the first start', () => {
  it('makes the base document version 1, with who, from where and the hash of the file', async () => {
    const base = loaded(withKey());
    const { settings } = await started(base);

    expect(settings.current).toMatchObject({
      version: 1,
      actor: 'system',
      source: 'file',
      summary: 'import of proxy.yaml',
      fileHash: base.fileHash,
    });
  });

  it('keeps references unresolved and leaves out what belongs to one replica', async () => {
    const yaml = `server: { host: "\${HOST:-127.0.0.1}", port: 8081, drain_timeout: 10s }
gemini: { api_keys: [{ id: a, key: "\${K}", weight: 3 }] }
metrics: { prometheus_port: 9091, allow: [10.0.0.0/8] }
security: { master_key: ${'m'.repeat(40)}, environment: staging }
audit: { file: elsewhere.log, flush: 1s }
persistence: { data_dir: elsewhere }
logging: { level: debug }
`;
    const { store, ...rest } = await started(loaded(yaml, { K: KEY }));

    expect(documentOf(rest)).toEqual({
      server: { drain_timeout: '10s' },
      gemini: { api_keys: [{ id: 'a', key: { $from: '${K}' }, weight: 3 }] },
      metrics: { allow: ['10.0.0.0/8'] },
      security: {},
      audit: { flush: '1s' },
    });
    expect(store.current).toMatchObject({
      server: { port: 8081 },
      audit: { file: 'elsewhere.log' },
      logging: { level: 'debug' },
    });
  });

  it('stores a secret that the file spells out only sealed, and still uses it', async () => {
    const { store } = await started(loaded(withKey('auth: { admin_password: spelled-out, jwt_secret: "" }\n')));

    const stored = JSON.stringify(await database!.dataSource.query('SELECT * FROM config_version'));
    expect(stored).not.toContain(KEY);
    expect(stored).not.toContain('spelled-out');
    expect(store.current.gemini.api_keys[0]?.key.reveal()).toBe(KEY);
    expect(store.current.auth.admin_password?.reveal()).toBe('spelled-out');
  });

  it('works without a file', async () => {
    const base = loadConfig({ env: { GEMINI_API_KEY: KEY }, cwd: freshFolder() });
    const { store, settings } = await started(base as LoadedConfig);
    expect(settings.current).toMatchObject({ version: 1, source: 'environment', document: {} });
    expect(store.current.gemini.api_keys.map(({ id }) => id)).toEqual(['primary']);
  });
});

describe('at a later start', () => {
  it('imports a file once, and keeps what was changed since', async () => {
    const first = await started(loaded(withKey()));
    await first.settings.propose({ ...documentOf(first), audit: { flush: '2s' } }, CHANGE);

    const second = await started(loaded(withKey()));
    expect(second.settings.current.version).toBe(2);
    expect(second.store.current.audit.flush).toBe(2000);
    expect(await versions.list({ limit: 10 })).toHaveLength(2);
  });

  it('imports a file that changed', async () => {
    await started(loaded(withKey()));
    const { settings, store } = await started(loaded(withKey('audit: { flush: 3s }\n')));
    expect(settings.current).toMatchObject({ version: 2, source: 'file' });
    expect(store.current.audit.flush).toBe(3000);
  });

  it('takes local options, overrides and the values behind references from where it starts', async () => {
    const yaml = (port: number) => `server: { port: ${port} }\ngemini: { api_keys: [{ id: a, key: "\${K}" }] }\n`;
    await started(loaded(yaml(1), { K: KEY }));
    const other = loaded(yaml(1), { K: OTHER_KEY, PORT: '77', LOG_LEVEL: 'warn' });
    const { store, settings } = await started(other);

    expect(settings.current.version).toBe(1);
    expect(store.current.server.port).toBe(77);
    expect(store.current.logging.level).toBe('warn');
    expect(store.current.gemini.api_keys[0]?.key.reveal()).toBe(OTHER_KEY);
  });

  it('stops with the path when the master key is another one', async () => {
    await started(loaded(withKey()));
    await expect(started(loaded(withKey()), vaultOf('b'))).rejects.toMatchObject({
      code: 'validation_failed',
      violations: [{ path: 'gemini.api_keys[0].key', message: expect.stringContaining('another master key') }],
    });
  });

  it('begins a demo with the upstream of this run', async () => {
    const demo = (baseUrl: string) => loadDemoConfig({ baseUrl, keys: [KEY] }, { env: {}, cwd: '/' }) as LoadedConfig;
    for (const baseUrl of ['http://127.0.0.1:1', 'http://127.0.0.1:2', 'http://127.0.0.1:1']) {
      const { store } = await started(demo(baseUrl));
      expect(store.current.gemini.base_url).toBe(baseUrl);
    }
  });
});

describe('a proposed document', () => {
  it('is stored, put in force, and announced, in this order', async () => {
    const process = await started(loaded(withKey()));
    const seen: unknown[] = [];
    process.store.onChange((next) => seen.push(['in force', next.audit.flush]));
    process.settings.onVersion((version) =>
      seen.push(['announced', version.version, process.store.current.audit.flush]),
    );

    const outcome = await process.settings.propose({ ...documentOf(process), audit: { flush: '5s' } }, CHANGE);

    expect(outcome).toMatchObject({ ok: true, version: { version: 2, ...CHANGE } });
    expect(seen).toEqual([
      ['in force', 5000],
      ['announced', 2, 5000],
    ]);
    expect((await process.settings.history({ limit: 10 })).map(({ version }) => version)).toEqual([2, 1]);
  });

  it('changes nothing when it has a mistake, and every mistake is named', async () => {
    const process = await started(loaded(withKey()));
    const before = process.store.current;

    const outcome = await process.settings.propose(
      { ...documentOf(process), audit: { flush: 'soon' }, retry: {}, server: { drain_timeout: 1 } },
      CHANGE,
    );

    expect(outcome.ok ? [] : outcome.violations.map(({ path }) => path).sort()).toEqual([
      'audit.flush',
      'retry',
      'server.drain_timeout',
    ]);
    expect(process.store.current).toBe(before);
    expect(await versions.list({ limit: 10 })).toHaveLength(1);
  });

  it('is not put in force when it could not be stored', async () => {
    const process = await started(loaded(withKey()));
    const before = process.store.current;
    await database!.drop();
    database = undefined;

    await expect(process.settings.propose(documentOf(process), CHANGE)).rejects.toBeDefined();
    expect(process.store.current).toBe(before);
  });

  it('has its literal secrets sealed, and no text of it is looked up', async () => {
    const process = await started(loaded(withKey(''), {}));
    const literal = `\${HOME}${'x'.repeat(40)}`;
    const api_keys = [{ id: 'new', key: literal }];

    await process.settings.propose({ ...documentOf(process), gemini: { api_keys } }, CHANGE);

    expect(process.store.current.gemini.api_keys[0]?.key.reveal()).toBe(literal);
    expect(JSON.stringify(documentOf(process))).not.toContain('xxxx');
  });

  it('must not read variables or files, nor move a sealed secret to where it is shown', async () => {
    const process = await started(
      loaded('gemini: { api_keys: [{ id: a, key: "${K}" }] }\nauth: { admin_password: pw-1234 }\n', { K: KEY }),
    );
    const current = documentOf(process);
    const sealed = (current.auth as { admin_password: { $sealed: string } }).admin_password;

    const outcome = await process.settings.propose(
      {
        ...current,
        gemini: {
          api_keys: [{ id: 'a', key: { $from: '${K}' } }],
          aliases: { one: { $from: '${PATH}' }, two: { $from: 'file:/etc/passwd' }, three: sealed },
        },
      },
      CHANGE,
    );

    expect(outcome.ok ? [] : outcome.violations.map(({ path }) => path)).toEqual([
      'gemini.aliases.one',
      'gemini.aliases.two',
      'gemini.aliases.three',
    ]);
  });

  it('may move the entries that hold references', async () => {
    const yaml = `gemini: { api_keys: [{ id: a, key: "${KEY}" }, { id: b, key: "\${K}" }] }`;
    const process = await started(loaded(yaml, { K: OTHER_KEY }));
    const gemini = documentOf(process).gemini as { api_keys: ConfigDocument[] };

    const moved = { gemini: { api_keys: [...gemini.api_keys].reverse() } };
    expect(await process.settings.propose(moved, CHANGE)).toMatchObject({ ok: true });
    expect(process.store.current.gemini.api_keys.map(({ id, key }) => [id, key.reveal()])).toEqual([
      ['b', OTHER_KEY],
      ['a', KEY],
    ]);
  });

  it('cannot change what belongs to one replica', async () => {
    const process = await started(loaded(withKey('server: { port: 81 }\n')));
    await process.settings.propose({ ...documentOf(process), server: { port: 99, drain_timeout: '1s' } }, CHANGE);
    expect(process.store.current.server).toMatchObject({ port: 81, drain_timeout: 1000 });
    expect(documentOf(process).server).toEqual({ drain_timeout: '1s' });
  });

  it('takes effect although a listener fails', async () => {
    const process = await started(loaded(withKey()));
    process.store.onChange(() => {
      throw new Error('broken');
    });
    const outcome = await process.settings.propose({ ...documentOf(process), audit: { flush: '5s' } }, CHANGE);
    expect(outcome.ok).toBe(true);
    expect(process.store.current.audit.flush).toBe(5000);
  });

  it('waits for the one before it, so that the last one stored is the one in force', async () => {
    const process = await started(loaded(withKey()));
    const base = documentOf(process);
    await Promise.all(
      [1, 2, 3, 4, 5].map((seconds) => process.settings.propose({ ...base, audit: { flush: `${seconds}s` } }, CHANGE)),
    );
    expect(process.settings.current.version).toBe(6);
    expect((await versions.latest())?.document).toMatchObject({ audit: { flush: '5s' } });
    expect(process.store.current.audit.flush).toBe(5000);
  });

  it('edits what the one before it left, and loses nothing of it', async () => {
    const process = await started(loaded(withKey()));
    const sections: ConfigDocument[] = [{ audit: { flush: '5s' } }, { server: { drain_timeout: '7s' } }];
    const edits = sections.map((section) =>
      process.settings.amend((document) => ({ ...document, ...section }), CHANGE),
    );
    await Promise.all(edits);
    expect(process.store.current).toMatchObject({ audit: { flush: 5000 }, server: { drain_timeout: 7000 } });
  });

  it('is refused with what its edit threw, and holds nobody up', async () => {
    const process = await started(loaded(withKey()));
    const refused = process.settings.amend(() => {
      throw new Error('no');
    }, CHANGE);
    const next = process.settings.propose({ ...documentOf(process), audit: { flush: '5s' } }, CHANGE);
    await expect(refused).rejects.toThrow('no');
    expect(await next).toMatchObject({ ok: true, version: { version: 2 } });
  });
});
