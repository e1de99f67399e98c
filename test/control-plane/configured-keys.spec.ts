import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ConfiguredKeys } from '../../src/admin/keys/configured-keys.js';
import { ConfigStore } from '../../src/config/config.store.js';
import { ConfigVersionEntity } from '../../src/persistence/entities/config-version.entity.js';
import { ConfigVersionRepository } from '../../src/persistence/repositories/config-version.repository.js';
import { Secret } from '../../src/kernel/secret.js';
import { SettingsService } from '../../src/settings/settings.service.js';
import { MasterKey } from '../../src/vault/master-key.js';
import { Vault } from '../../src/vault/vault.js';
import { KEY, loaded, OTHER_KEY } from '../config/config.harness.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const NEW = { id: 'new', key: `${OTHER_KEY}-new` };

let database: TestDatabase | undefined;
let versions: ConfigVersionRepository;

beforeEach(async () => {
  Logger.overrideLogger(false);
  database ??= await createTestDatabase();
  const rows = database.dataSource.getRepository(ConfigVersionEntity);
  await rows.clear();
  versions = new ConfigVersionRepository(rows);
});
afterAll(() => database?.drop());

async function keysOf(yaml: string, env: Readonly<Record<string, string>>) {
  const base = loaded(yaml, env);
  const config = new ConfigStore(base.config);
  const settings = new SettingsService(base, config, versions, new Vault(MasterKey.parse(new Secret('a'.repeat(64)))));
  await settings.start();
  return { config, keys: new ConfiguredKeys(settings, config) };
}

const refusedBecause = (message: string) => ({
  code: 'validation_failed',
  violations: [{ path: 'id', message: expect.stringContaining(message) }],
});

describe('keys that have no entry of their own', () => {
  it('are not changed when they come from GEMINI_API_KEY, and none is added, which would end their use', async () => {
    const { keys, config } = await keysOf('{}', { GEMINI_API_KEY: `${KEY},${OTHER_KEY}` });
    const before = config.current;
    const attempts = [
      keys.change('primary', { weight: 5 }, 'ada'),
      keys.change('primary-2', { enabled: false }, 'ada'),
      keys.remove('primary', 'ada'),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject(refusedBecause('no entry of its own'));
    await expect(keys.add(NEW, 'ada')).rejects.toMatchObject(refusedBecause('GEMINI_API_KEY counts only without'));
    expect(config.current).toBe(before);
  });

  it('are not changed when one variable holds several, and others are', async () => {
    const yaml = 'gemini: { api_keys: [{ id: k, key: "${KEYS}" }, { id: own, key: "${OWN}" }] }';
    const { keys, config } = await keysOf(yaml, { KEYS: `${KEY},${OTHER_KEY}`, OWN: `${OTHER_KEY}x` });

    await expect(keys.remove('k', 'ada')).rejects.toMatchObject(refusedBecause('shares its entry with k-2'));
    await expect(keys.change('k-2', { weight: 1 }, 'ada')).rejects.toMatchObject(refusedBecause('no entry of its own'));
    await keys.change('own', { weight: 1 }, 'ada');
    await keys.add(NEW, 'ada');
    const found = config.current.gemini.api_keys.map(({ id, weight, key }) => [id, weight, key.reveal()]);
    expect(found).toEqual([
      ['k', 100, KEY],
      ['k-2', 100, OTHER_KEY],
      ['own', 1, `${OTHER_KEY}x`],
      ['new', 100, NEW.key],
    ]);
  });

  it('name a mistake by its path in what was sent, whichever entries come before', async () => {
    const yaml = 'gemini: { api_keys: [{ id: k, key: "${KEYS}" }] }';
    const { keys } = await keysOf(yaml, { KEYS: `${KEY},${OTHER_KEY}` });
    await expect(keys.add({ ...NEW, weight: -1 }, 'ada')).rejects.toMatchObject({
      violations: [{ path: 'weight' }],
    });
  });
});
