import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { Test, type TestingModule } from '@nestjs/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { ConfigStore } from '../../src/config/config.store.js';
import type { ProxyConfig } from '../../src/config/schema.js';
import { Clock, SystemClock } from '../../src/kernel/clock.js';
import { Secret } from '../../src/kernel/secret.js';
import { DatabaseHealth } from '../../src/persistence/database-health.js';
import { identifyProcess } from '../../src/persistence/embedded/process-identity.js';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import { AuditHeadRepository } from '../../src/persistence/repositories/audit-head.repository.js';
import { SigningKeyRepository } from '../../src/persistence/repositories/signing-key.repository.js';
import { createTestDatabase } from '../support/database.js';
import { Scratch } from './fixtures/scratch.js';

const scratch = new Scratch();
afterEach(() => scratch.clean());
afterAll(() => scratch.end());

/** Writes its last row when the application stops, as the audit does. */
class LastWriter implements OnApplicationShutdown {
  wrote = false;

  constructor(@Inject(AuditHeadRepository) private readonly heads: AuditHeadRepository) {}

  async onApplicationShutdown(): Promise<void> {
    await this.heads.save({ replica: 'r', file: 'f', seq: 1, mac: 'm', kid: 'k' });
    this.wrote = true;
  }
}

@Global()
@Module({ providers: [LastWriter] })
class GlobalWriterModule {}

function start(persistence: Partial<ProxyConfig['persistence']>): Promise<TestingModule> {
  const config = { persistence: { url: undefined, data_dir: '', migrate: true, ...persistence } } as ProxyConfig;
  @Global()
  @Module({
    providers: [
      { provide: ConfigStore, useValue: new ConfigStore(config) },
      { provide: Clock, useValue: new SystemClock() },
    ],
    exports: [ConfigStore, Clock],
  })
  class Surroundings {}
  return Test.createTestingModule({
    imports: [Surroundings, PersistenceModule.forRoot(), GlobalWriterModule],
  }).compile();
}

describe('PersistenceModule', () => {
  it('starts the embedded database, and stops it after the last one has written', async () => {
    const dataDir = await scratch.initialised();
    const app = await start({ data_dir: dataDir });
    await app.init();
    const { postmasterPid } = JSON.parse(readFileSync(join(dataDir, 'postgres/run.json'), 'utf8')) as {
      postmasterPid: number;
    };
    expect(await app.get(SigningKeyRepository).list()).toEqual([]);
    expect(await app.get(DatabaseHealth).ping()).toBeLessThan(2_000);
    const writer = app.get(LastWriter);
    await app.close();
    expect(writer.wrote).toBe(true);
    expect(await identifyProcess(postmasterPid)).toBeUndefined();
  });

  it('uses the server that the URL names, and starts nothing', async () => {
    const database = await createTestDatabase();
    scratch.onClean(() => database.drop());
    const dataDir = scratch.folder();
    const app = await start({ url: new Secret(database.url), data_dir: join(dataDir, 'unused') });
    await app.init();
    const dataSource = app.get<DataSource>(getDataSourceToken());
    await app.close();
    expect(dataSource.isInitialized).toBe(false);
    expect(await database.dataSource.query('SELECT replica FROM audit_head')).toEqual([{ replica: 'r' }]);
    expect(() => readFileSync(join(dataDir, 'unused'))).toThrow();
  });

  it('fails to start with words for the operator, and leaves no server behind', async () => {
    const dataDir = await scratch.initialised();
    const { server } = await scratch.start(dataDir);
    await expect(start({ data_dir: dataDir })).rejects.toThrow(/is used by process .*DATABASE_URL/s);
    await server.stop();
    await expect(start({ data_dir: dataDir, migrate: false })).rejects.toThrow(/gemini-proxy migrate/);
    await (await scratch.start(dataDir)).server.stop();
  });
});
