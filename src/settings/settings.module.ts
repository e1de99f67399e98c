import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ConfigStore } from '../config/config.store.js';
import type { LoadedConfig } from '../config/loader.js';
import { ConfigVersionRepository } from '../persistence/repositories/config-version.repository.js';
import { Vault } from '../vault/vault.js';
import { ConfigAudit } from './config-audit.js';
import { SettingsService } from './settings.service.js';

/** The configuration's versions. The service is there only once a version is in force. */
@Module({})
export class SettingsModule {
  /** @param base the configuration that this process was started with. */
  static forRoot(base: LoadedConfig): DynamicModule {
    return {
      module: SettingsModule,
      global: true,
      imports: [AuditModule],
      providers: [
        ConfigAudit,
        {
          provide: SettingsService,
          inject: [ConfigStore, ConfigVersionRepository, Vault],
          useFactory: (store: ConfigStore, versions: ConfigVersionRepository, vault: Vault) =>
            startSettings(new SettingsService(base, store, versions, vault)),
        },
      ],
      exports: [SettingsService],
    };
  }
}

async function startSettings(settings: SettingsService): Promise<SettingsService> {
  await settings.start();
  return settings;
}
