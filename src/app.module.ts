import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { AdminModule } from './admin/admin.module.js';
import { loggerOptions } from './app.logging.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { BalancerModule } from './balancer/balancer.module.js';
import { ClockModule } from './clock.module.js';
import { ConfigModule } from './config/config.module.js';
import { ConfigStore } from './config/config.store.js';
import type { LoadedConfig } from './config/loader.js';
import { EgressModule } from './egress/egress.module.js';
import { InsightModule } from './insight/insight.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { PersistenceModule } from './persistence/persistence.module.js';
import { DataPlaneOptions } from './proxy/data-plane.options.js';
import { ProxyModule } from './proxy/proxy.module.js';
import { SettingsModule } from './settings/settings.module.js';
import { VaultModule } from './vault/vault.module.js';

/** The whole replica: both planes and what they share. */
@Module({})
export class AppModule {
  static forRoot(loaded: LoadedConfig, options: DataPlaneOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(loggerOptions(loaded.config.logging)),
        ClockModule,
        ConfigModule.forRoot(new ConfigStore(loaded.config)),
        VaultModule,
        PersistenceModule.forRoot(),
        MetricsModule,
        EgressModule,
        AuditModule,
        SettingsModule.forRoot(loaded),
        AuthModule,
        BalancerModule,
        ProxyModule.forRoot(options),
        InsightModule,
        AdminModule,
      ],
    };
  }
}
