import { Module, type Abstract, type DynamicModule, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { scryptSync } from 'node:crypto';
import { AuthModule } from '../../src/auth/auth.module.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { ConfigStore } from '../../src/config/config.store.js';
import { type ProxyConfig, proxyConfigSchema } from '../../src/config/schema.js';
import { Clock } from '../../src/kernel/clock.js';
import { MetricsModule } from '../../src/metrics/metrics.module.js';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import { VaultModule } from '../../src/vault/vault.module.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';

type Options = Readonly<Record<string, unknown>>;

/** The real auth module on a real database, with time in the test's hands. */
export class AuthHarness {
  private constructor(
    readonly module: TestingModule,
    readonly database: TestDatabase,
    readonly clock: ManualClock,
  ) {}

  static async start(auth: Options = {}): Promise<AuthHarness> {
    return AuthHarness.replicaOn(await createTestDatabase(), auth);
  }

  /** A replica on a database that others may use too. */
  static async replicaOn(
    database: TestDatabase,
    auth: Options = {},
    clock = new ManualClock(),
    masterKey?: string,
  ): Promise<AuthHarness> {
    const store = new ConfigStore(configOf({ auth }, database.url, masterKey));
    const imports = [
      clockModule(clock),
      ConfigModule.forRoot(store),
      VaultModule,
      PersistenceModule.forRoot(),
      MetricsModule,
      AuthModule,
    ];
    const module = await Test.createTestingModule({ imports }).compile();
    await module.init();
    return new AuthHarness(module, database, clock);
  }

  get<T>(type: Type<T> | Abstract<T>): T {
    return this.module.get<T>(type);
  }

  configure(auth: Options): void {
    this.get(ConfigStore).replace(configOf({ auth }, this.database.url));
  }

  /** Ends this replica; the database stays. */
  close(): Promise<void> {
    return this.module.close();
  }

  async stop(): Promise<void> {
    await this.close();
    await this.database.drop();
  }
}

/** A checked configuration with what tests need; `options` are sections of the document. */
export function configOf(options: Options, databaseUrl: string, masterKey = 'm'.repeat(32)): ProxyConfig {
  return proxyConfigSchema.parse({
    security: { master_key: masterKey },
    persistence: { url: databaseUrl },
    ...options,
  });
}

export function clockModule(clock: Clock): DynamicModule {
  return { module: ClockModule, global: true, providers: [{ provide: Clock, useValue: clock }], exports: [Clock] };
}

@Module({})
class ClockModule {}

/** A password as a scrypt hash that is cheap to check, so that tests that log in often stay fast. */
export function cheapHash(password: string): string {
  const salt = Buffer.from('salt for tests');
  const hash = scryptSync(password, salt, 32, { cost: 1024, blockSize: 8, parallelization: 1 });
  return `scrypt$1024$8$1$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}
