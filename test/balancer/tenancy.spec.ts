import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Tenancy } from '../../src/balancer/affinity/tenancy.js';
import { ConfigStore } from '../../src/config/config.store.js';
import { proxyConfigSchema } from '../../src/config/schema.js';
import type { Principal } from '../../src/kernel/principal.js';
import { ResourceOwnerEntity } from '../../src/persistence/entities/resource-owner.entity.js';
import { ResourceOwnerRepository } from '../../src/persistence/repositories/resource-owner.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';

const client = (id: string, ...scopes: string[]): Principal => ({ type: 'client', id, role: 'client', scopes });

describe('Tenancy', () => {
  let database: TestDatabase;
  let clock: ManualClock;
  let tenancies: Tenancy[];

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  beforeEach(async () => {
    await database.dataSource.getRepository(ResourceOwnerEntity).clear();
    clock = new ManualClock();
    tenancies = [];
  });
  afterEach(() => {
    for (const tenancy of tenancies) tenancy.onModuleDestroy();
  });
  afterAll(() => database.drop());

  const rows = (): ResourceOwnerRepository =>
    new ResourceOwnerRepository(database.dataSource.getRepository(ResourceOwnerEntity));
  const owns = (id: string): Promise<void> =>
    rows().record([
      {
        resource: `files/${id}`,
        project: 'p',
        client: id,
        kind: 'files',
        model: null,
        createdAtMs: 0,
        expiresAtMs: null,
      },
    ]);
  const started = async (unowned: 'auto' | 'allow' | 'deny' = 'auto'): Promise<Tenancy> => {
    const config = new ConfigStore(proxyConfigSchema.parse({ gemini: { affinity: { unowned } } }));
    const tenancy = new Tenancy(rows(), config, clock);
    tenancies.push(tenancy);
    await tenancy.onModuleInit();
    return tenancy;
  };

  it('is shared from the second client on, whoever that is', async () => {
    const tenancy = await started();
    for (const id of ['a', 'a']) tenancy.see(id);
    expect(tenancy.isShared).toBe(false);
    tenancy.see('b');
    expect(tenancy.isShared).toBe(true);
  });

  it('counts the clients that owned something before the start', async () => {
    await owns('a');
    const tenancy = await started();
    tenancy.see('b');
    expect(tenancy.isShared).toBe(true);
  });

  it('hears of clients of other replicas', async () => {
    const tenancy = await started();
    tenancy.see('a');
    await owns('b');
    clock.advance(60_000);
    while (!tenancy.isShared) await new Promise(setImmediate);
    expect(tenancy.mayUseUnowned(client('a'))).toBe(false);
  });

  it('takes the proxy for shared until it has counted', async () => {
    const tenancy = new Tenancy(rows(), new ConfigStore(proxyConfigSchema.parse({})), clock);
    expect(tenancy.isShared).toBe(true);
    await tenancy.onModuleInit();
    tenancies.push(tenancy);
    expect(tenancy.isShared).toBe(false);
  });

  it.each([
    ['auto', false, true],
    ['auto', true, false],
    ['allow', true, true],
    ['deny', false, false],
  ] as const)('with %s, shared: %s, lets a client use what nobody owns: %s', async (unowned, isShared, expected) => {
    const tenancy = await started(unowned);
    if (isShared) for (const id of ['a', 'b']) tenancy.see(id);
    expect(tenancy.mayUseUnowned(client('a'))).toBe(expected);
    expect(tenancy.mayUseUnowned(client('a', 'project:admin'))).toBe(true);
  });

  it('keeps what belongs to the project for its administrators once it is shared', async () => {
    const tenancy = await started();
    expect(tenancy.mayUseProject(client('a'))).toBe(true);
    for (const id of ['a', 'b']) tenancy.see(id);
    expect([tenancy.mayUseProject(client('a')), tenancy.mayUseProject(client('a', 'project:admin'))]).toEqual([
      false,
      true,
    ]);
  });
});
