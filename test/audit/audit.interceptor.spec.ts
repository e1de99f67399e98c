import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Controller,
  Get,
  HttpCode,
  Logger,
  Module,
  type DynamicModule,
  Post,
  Query,
  UseInterceptors,
} from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { AuditInterceptor } from '../../src/audit/audit.interceptor.js';
import { AuditLog } from '../../src/audit/audit-log.js';
import { AuditModule } from '../../src/audit/audit.module.js';
import { isAudited } from '../../src/audit/audited-calls.js';
import { Audited } from '../../src/audit/audited.decorator.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { ErrorMappingInterceptor } from '../../src/faults/error-mapping.interceptor.js';
import type { Call } from '../../src/kernel/call.js';
import { Clock } from '../../src/kernel/clock.js';
import { Fault } from '../../src/kernel/errors/fault.js';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import { VaultModule } from '../../src/vault/vault.module.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { AuditHarness, type ParsedLine } from './audit.harness.js';

function controlCall(): Call {
  const principal = { type: 'admin', id: 'root', role: 'admin', scopes: [] } as const;
  return { plane: 'control', requestId: 'r-1', sourceIp: '10.0.0.1', credential: { kind: 'none' }, principal };
}

@Controller('auth')
@UseInterceptors(AuditInterceptor, ErrorMappingInterceptor)
class ControlController {
  @Post('login')
  @HttpCode(202)
  @Audited('AuthEvent')
  login(@Query('fail') fail?: string): object {
    if (fail === 'fault') throw new Fault('login_failed');
    if (fail === 'exception') throw new BadRequestException(['password must be a string']);
    return {};
  }

  @Get('session')
  session(): object {
    return {};
  }
}

@Module({})
class ClockModule {
  static with(clock: Clock): DynamicModule {
    return { module: ClockModule, global: true, providers: [{ provide: Clock, useValue: clock }], exports: [Clock] };
  }
}

@Module({ imports: [AuditModule], controllers: [ControlController] })
class PlanesModule {}

describe('AuditInterceptor', () => {
  let database: TestDatabase;
  let audit: AuditHarness;
  let app: NestFastifyApplication;
  let lastCall: Call | undefined;

  beforeAll(async () => {
    database = await createTestDatabase();
    audit = await AuditHarness.start(database);
    app = await startApplication(audit);
    const server = app.getHttpAdapter().getInstance();
    server.addHook('onRequest', (request, _reply, done) => {
      lastCall = controlCall();
      Reflect.set(request, 'call', lastCall);
      done();
    });
    await app.init();
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
    await audit.stop();
  });

  async function startApplication({ clock }: AuditHarness): Promise<NestFastifyApplication> {
    const imports = [
      ClockModule.with(clock),
      ConfigModule.forRoot(audit.configStore()),
      VaultModule,
      PersistenceModule.forRoot(),
      PlanesModule,
    ];
    const module = await Test.createTestingModule({ imports }).compile();
    Logger.overrideLogger(false);
    return module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  }

  async function linesOf(action: () => Promise<unknown>): Promise<ParsedLine[]> {
    const before = (await audit.lines()).length;
    await action();
    await app.get(AuditLog).flush();
    return (await audit.lines()).slice(before);
  }

  describe('on the control plane', () => {
    it('writes one line when an audited route is done', async () => {
      const lines = await linesOf(() => app.inject({ method: 'POST', url: '/auth/login?secret=1' }));
      expect(lines).toMatchObject([
        {
          event_type: 'AuthEvent',
          source_ip: '10.0.0.1',
          action: 'POST /auth/login',
          result: 'Success',
          request_id: 'r-1',
          actor: { type: 'admin', id: 'root' },
          details: { status: 202 },
        },
      ]);
    });

    it('writes one line when it fails, and marks the call so that nobody writes a second', async () => {
      const lines = await linesOf(() => app.inject({ method: 'POST', url: '/auth/login?fail=fault' }));
      expect(lines).toMatchObject([{ result: 'Denied', details: { status: 401, fault: 'login_failed' } }]);
      expect(lastCall && isAudited(lastCall)).toBe(true);
    });

    it('names the fault that an exception of Nest becomes', async () => {
      const lines = await linesOf(() => app.inject({ method: 'POST', url: '/auth/login?fail=exception' }));
      expect(lines).toMatchObject([{ result: 'Failure', details: { status: 400, fault: 'validation_failed' } }]);
    });

    it('writes nothing for a route that is not marked', async () => {
      expect(await linesOf(() => app.inject('/auth/session'))).toEqual([]);
      expect(lastCall && isAudited(lastCall)).toBe(false);
    });
  });
});

describe('AuditModule', () => {
  it('has every line on disk and the head in the database when the application has stopped', async () => {
    const database = await createTestDatabase();
    const audit = await AuditHarness.start(database);
    const imports = [
      ClockModule.with(audit.clock),
      ConfigModule.forRoot(audit.configStore()),
      VaultModule,
      PersistenceModule.forRoot(),
      AuditModule,
    ];
    const app = await Test.createTestingModule({ imports }).compile();
    await app.init();
    const log = app.get(AuditLog);
    for (let index = 0; index < 100; index += 1) {
      log.append({ ...audited, action: `line ${index}` });
    }
    await app.close();

    expect(await audit.verify()).toEqual({ valid: true, checked: 101, breaks: [] });
    expect(await audit.heads.find(await audit.replica())).toMatchObject({ seq: 101 });
    expect(await readdir(dirname(audit.file))).toEqual(['audit.log']);
    await database.drop();
    await audit.stop();
  });
});

const audited = {
  type: 'SystemEvent',
  sourceIp: '',
  action: '',
  result: 'Success',
  durationMs: 0,
  details: {},
} as const;
