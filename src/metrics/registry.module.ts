import { Module } from '@nestjs/common';
import { Registry } from 'prom-client';

/** One registry per application: prom-client's own is shared by a whole process and takes each name once. */
@Module({
  providers: [{ provide: Registry, useFactory: () => new Registry() }],
  exports: [Registry],
})
export class RegistryModule {}
