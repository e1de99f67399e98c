import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigStore } from './config.store.js';

/** Gives every module the configuration in force. */
@Module({})
export class ConfigModule {
  /** @param store holds a configuration that was loaded and checked before the application is made. */
  static forRoot(store: ConfigStore): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: ConfigStore, useValue: store }],
      exports: [ConfigStore],
    };
  }
}
