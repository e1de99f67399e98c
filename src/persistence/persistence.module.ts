import { type DynamicModule, Inject, Logger, Module, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { getDataSourceToken, getRepositoryToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ConfigStore } from '../config/config.store.js';
import { Clock } from '../kernel/clock.js';
import { connectForCommand, Database, type DatabaseOptions, type DatabaseTools, openDatabase } from './database.js';
import { DatabaseHealth } from './database-health.js';
import type { Notify } from './embedded/notify.js';
import { ENTITIES } from './entities/entities.js';
import { AdminSessionRepository } from './repositories/admin-session.repository.js';
import { AuditHeadRepository } from './repositories/audit-head.repository.js';
import { BucketUsageRepository } from './repositories/bucket-usage.repository.js';
import { ConfigVersionRepository } from './repositories/config-version.repository.js';
import { EphemeralTokenRepository } from './repositories/ephemeral-token.repository.js';
import { JobIntentRepository } from './repositories/job-intent.repository.js';
import { KeyAgeRepository } from './repositories/key-age.repository.js';
import { KeySecretRepository } from './repositories/key-secret.repository.js';
import { KeyStateRepository } from './repositories/key-state.repository.js';
import { ResourceOwnerRepository } from './repositories/resource-owner.repository.js';
import { SigningKeyRepository } from './repositories/signing-key.repository.js';
import { WeightPresetRepository } from './repositories/weight-preset.repository.js';

const SERVICES = [
  ConfigVersionRepository,
  AdminSessionRepository,
  SigningKeyRepository,
  AuditHeadRepository,
  ResourceOwnerRepository,
  KeyStateRepository,
  BucketUsageRepository,
  WeightPresetRepository,
  KeySecretRepository,
  KeyAgeRepository,
  EphemeralTokenRepository,
  JobIntentRepository,
  DatabaseHealth,
];

type Open = (options: DatabaseOptions, tools: DatabaseTools) => Promise<Database>;

const databaseOpenedBy = (open: Open): Provider => ({
  provide: Database,
  inject: [ConfigStore, Clock],
  useFactory: (config: ConfigStore, clock: Clock) =>
    open(config.current.persistence, { clock, notify: logTo(new Logger('Persistence')) }),
});

const DATA_SOURCE: Provider = {
  provide: getDataSourceToken(),
  inject: [Database],
  useFactory: (database: Database) => database.dataSource,
};

const TABLES: Provider[] = ENTITIES.map((entity) => ({
  provide: getRepositoryToken(entity),
  inject: [getDataSourceToken()],
  useFactory: (dataSource: DataSource) => dataSource.getRepository(entity),
}));

/**
 * The database, opened before anything that needs it and closed last: being global, this module's shutdown hook runs
 * after those of all modules that are not, and after those of global modules that are imported later.
 */
@Module({})
export class PersistenceModule implements OnApplicationShutdown {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** The replica's database: a server, or the embedded one, which stops with the replica. */
  static forRoot(): DynamicModule {
    return PersistenceModule.with(openDatabase);
  }

  /** The database for a command, which may run beside the replica. */
  static forCommand(): DynamicModule {
    return PersistenceModule.with((persistence, tools) => connectForCommand({ persistence }, tools));
  }

  private static with(open: Open): DynamicModule {
    return {
      module: PersistenceModule,
      global: true,
      providers: [databaseOpenedBy(open), DATA_SOURCE, ...TABLES, ...SERVICES],
      exports: [getDataSourceToken(), ...SERVICES],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}

function logTo(logger: Logger): Notify {
  return (level, text) => {
    if (level === 'warn') logger.warn(text);
    else logger.log(text);
  };
}
