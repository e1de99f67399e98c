import { type Abstract, type DynamicModule, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { AdminModule } from '../../src/admin/admin.module.js';
import { createControlPlaneAdapter } from '../../src/admin/control-plane.adapter.js';
import { configureControlPlane } from '../../src/admin/control-plane.js';
import { mountDocs } from '../../src/admin/docs.js';
import { AuditLog } from '../../src/audit/audit-log.js';
import { AuditModule } from '../../src/audit/audit.module.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { ConfigStore } from '../../src/config/config.store.js';
import type { LoadedConfig } from '../../src/config/loader.js';
import { EgressModule } from '../../src/egress/egress.module.js';
import { MetricsModule } from '../../src/metrics/metrics.module.js';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import { SettingsModule } from '../../src/settings/settings.module.js';
import { VaultModule } from '../../src/vault/vault.module.js';
import { cheapHash, clockModule, configOf } from '../auth/auth.harness.js';
import { createTestDatabase, dropDatabase, type TestDatabase } from '../support/database.js';
import { SystemClock } from '../../src/kernel/clock.js';

export const PASSWORD = 'correct horse battery staple';
export const JWT_SECRET = 'a-shared-secret-of-more-than-thirty-two-characters';
export const GEMINI_KEY = 'AIzaSyTestKeyThatMustNeverBeShown0123456';
export const MASTER_KEY = 'the-master-key-of-the-control-plane-tests';

/** One more admin for each role that logs in. */
export const USERS = ['operator', 'auditor', 'viewer'].map((role) => ({
  name: role,
  password: cheapHash(`${role}-${PASSWORD}`),
  role,
}));

type Options = Readonly<Record<string, unknown>>;

export interface HarnessOptions {
  readonly config?: Options;
  readonly demo?: boolean;
  /** Controllers of the test, to reach what no route of the product does yet. */
  readonly controllers?: readonly Type[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: unknown;
}

/** As much of supertest's requests as is used, with answers whose body is unknown. */
export interface Outgoing extends PromiseLike<Answer> {
  send(body: object | string): Outgoing;
  set(header: string, value: string): Outgoing;
  type(contentType: string): Outgoing;
  redirects(max: number): Outgoing;
  expect(status: number, body?: unknown): Outgoing;
}

export type Http = Readonly<Record<'get' | 'post' | 'put' | 'patch' | 'delete', (path: string) => Outgoing>>;

/** The real control plane on a real database and a real socket. */
export class ControlPlaneHarness {
  private databaseIsThere = true;

  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: TestDatabase,
    private readonly folder: string,
    private readonly options: Options,
  ) {}

  static async start({
    config = {},
    demo = false,
    controllers = [],
  }: HarnessOptions = {}): Promise<ControlPlaneHarness> {
    const database = await createTestDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-control-'));
    const options = {
      auth: { admin_password: cheapHash(PASSWORD), jwt_secret: JWT_SECRET, users: USERS },
      gemini: { api_keys: [{ id: 'primary', key: GEMINI_KEY }] },
      audit: { file: join(folder, 'audit.log') },
      ...config,
    };
    const store = new ConfigStore(configOf(options, database.url, MASTER_KEY));
    const imports = [
      clockModule(new SystemClock()),
      ConfigModule.forRoot(store),
      VaultModule,
      PersistenceModule.forRoot(),
      MetricsModule,
      EgressModule,
      AuditModule,
      SettingsModule.forRoot(loadedOf(options, database.url)),
      AuthModule,
      AdminModule,
      withControllers(controllers),
    ];
    const module = await Test.createTestingModule({ imports }).compile();
    const adapter = createControlPlaneAdapter(store.current.server);
    const app = module.createNestApplication<NestFastifyApplication>(adapter);
    app.useLogger(false);
    configureControlPlane(app, { demo });
    mountDocs(app);
    await app.listen(0, '127.0.0.1');
    return new ControlPlaneHarness(app, database, folder, options);
  }

  get<T>(type: Type<T> | Abstract<T>): T {
    return this.app.get<T>(type);
  }

  get http(): Http {
    return request(this.app.getHttpServer());
  }

  get port(): number {
    const { port } = this.app.getHttpServer().address() as AddressInfo;
    return port;
  }

  /** Puts a changed configuration in force. */
  configure(change: Options): void {
    this.get(ConfigStore).replace(configOf({ ...this.options, ...change }, this.database.url, MASTER_KEY));
  }

  async login(username = 'admin', password = PASSWORD): Promise<{ token: string; id: string }> {
    const { body } = await this.http.post('/auth/login').send({ username, password }).expect(200);
    const { access_token: token, session_id: id } = body as { access_token: string; session_id: string };
    return { token, id };
  }

  /** The audit lines so far. */
  async auditLines(): Promise<readonly Options[]> {
    await this.get(AuditLog).flush();
    const text = await readFile(join(this.folder, 'audit.log'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Options);
  }

  /** The database goes away while the replica runs. */
  async loseDatabase(): Promise<void> {
    await dropDatabase(new URL(this.database.url).pathname.slice(1));
    this.databaseIsThere = false;
  }

  async stop(): Promise<void> {
    await this.app.close();
    if (this.databaseIsThere) await this.database.drop();
    else await this.database.dataSource.destroy();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The same options as a base document, from which the settings make their first version. */
function loadedOf(options: Options, databaseUrl: string): LoadedConfig {
  const document = { security: { master_key: MASTER_KEY }, persistence: { url: databaseUrl }, ...options };
  return {
    ok: true,
    config: configOf(options, databaseUrl, MASTER_KEY),
    source: { kind: 'environment' },
    document,
    surroundings: { env: {} },
  };
}

function withControllers(controllers: readonly Type[]): DynamicModule {
  return { module: ControllersModule, imports: [AuditModule], controllers: [...controllers] };
}

@Module({})
class ControllersModule {}
