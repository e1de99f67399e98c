import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigVersionEntity } from '../../src/persistence/entities/config-version.entity.js';
import { ConfigVersionRepository } from '../../src/persistence/repositories/config-version.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const draft = (summary: string, fileHash: string | null = null) => ({
  actor: 'admin',
  source: 'api',
  summary,
  document: { zebra: [1, 2], apple: { b: null, a: '${KEY}' } },
  fileHash,
});

describe('ConfigVersionRepository', () => {
  let database: TestDatabase;
  let versions: ConfigVersionRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    versions = new ConfigVersionRepository(database.dataSource.getRepository(ConfigVersionEntity));
  });
  afterAll(() => database.drop());

  it('has no latest version before the first', async () => {
    const empty = await createTestDatabase();
    const repository = new ConfigVersionRepository(empty.dataSource.getRepository(ConfigVersionEntity));
    try {
      expect(await repository.latest()).toBeUndefined();
      expect(await repository.list({ limit: 5 })).toEqual([]);
    } finally {
      await empty.drop();
    }
  });

  it('returns what was appended, and reads the same back', async () => {
    const before = Date.now();
    const appended = await versions.append(draft('first'));
    expect(appended).toMatchObject(draft('first'));
    expect(appended.createdAt.getTime()).toBeGreaterThanOrEqual(before - 1_000);
    expect(await versions.get(appended.version)).toEqual(appended);
    expect(await versions.latest()).toEqual(appended);
  });

  it('keeps the order of names in a document', async () => {
    const { version } = await versions.append(draft('order'));
    expect(JSON.stringify((await versions.get(version))?.document)).toBe(JSON.stringify(draft('order').document));
  });

  it('gives versions without a gap when many are added at once', async () => {
    const start = (await versions.latest())?.version ?? 0;
    const added = await Promise.all(Array.from({ length: 30 }, (_, index) => versions.append(draft(`race ${index}`))));
    const numbers = added.map(({ version }) => version).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 30 }, (_, index) => start + index + 1));
  });

  it('dates a later version no earlier', async () => {
    const all = await versions.list({ limit: 1000 });
    const times = all.map(({ createdAt }) => createdAt.getTime());
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it('leaves no gap behind a version that was refused', async () => {
    const start = (await versions.latest())?.version ?? 0;
    await expect(versions.append({ ...draft('bad'), document: null })).rejects.toMatchObject({ code: '23502' });
    expect((await versions.append(draft('good'))).version).toBe(start + 1);
  });

  it('lists the newest first, from before a version on', async () => {
    const latest = (await versions.latest())!.version;
    const page = await versions.list({ limit: 3 });
    expect(page.map(({ version }) => version)).toEqual([latest, latest - 1, latest - 2]);
    const next = await versions.list({ limit: 2, beforeVersion: latest - 2 });
    expect(next.map(({ version }) => version)).toEqual([latest - 3, latest - 4]);
  });

  it('knows which files were ever imported', async () => {
    expect(await versions.fileWasImported('sha256:a')).toBe(false);
    await versions.append(draft('file', 'sha256:a'));
    await versions.append(draft('edit'));
    expect(await versions.fileWasImported('sha256:a')).toBe(true);
    expect(await versions.fileWasImported('sha256:b')).toBe(false);
  });
});
