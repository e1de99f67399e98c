import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Abstract, Module, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { AuditEvent } from '../../../src/audit/audit-event.js';
import { AuditLog } from '../../../src/audit/audit-log.js';
import { Health } from '../../../src/balancer/health/health.js';
import { KeyEvents } from '../../../src/balancer/health/key-events.js';
import { KeyProbe } from '../../../src/balancer/health/key-probe.js';
import { KeyOverridesStore } from '../../../src/balancer/keys/key-overrides.js';
import { CurrentKeys } from '../../../src/balancer/rotation/current-keys.js';
import { GoogleKeysProvider } from '../../../src/balancer/rotation/google-keys-provider.js';
import { KeyProvider } from '../../../src/balancer/rotation/key-provider.js';
import { LeaseCensus } from '../../../src/balancer/rotation/lease-census.js';
import { ROTATION_PROVIDERS } from '../../../src/balancer/rotation/rotation.providers.js';
import { ConfigModule } from '../../../src/config/config.module.js';
import { ConfigStore } from '../../../src/config/config.store.js';
import { type ProxyConfig, proxyConfigSchema } from '../../../src/config/schema.js';
import { EgressModule } from '../../../src/egress/egress.module.js';
import { UpstreamClient } from '../../../src/egress/upstream-client.js';
import { Emulator } from '../../../src/emulator/emulator.js';
import { Clock } from '../../../src/kernel/clock.js';
import { Secret } from '../../../src/kernel/secret.js';
import { PersistenceModule } from '../../../src/persistence/persistence.module.js';
import { type KeySecret, KeySecretRepository } from '../../../src/persistence/repositories/key-secret.repository.js';
import { VaultModule } from '../../../src/vault/vault.module.js';
import { ApiKeysStandIn } from '../../support/api-keys.stand-in.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { HurriedClock } from '../../support/hurried-clock.js';

type Options = Readonly<Record<string, unknown>>;

/** What a replica is configured with. */
export interface RotationOptions {
  /** Entries of gemini.api_keys; without `key` the text is that of {@link keyText}. */
  readonly keys?: readonly (Options & { readonly id: string })[];
  /** Other options of gemini.rotation. */
  readonly rotation?: Options;
  readonly masterKey?: string;
}

/** The text of a key, by a name. */
export const keyText = (name: string): string => `AQ.test-${name}-${'x'.repeat(40)}`;

export const fingerprintOf = (name: string): string => new Secret(keyText(name)).fingerprint();

/** Google, the database and time, which replicas share. */
export class RotationWorld {
  private readonly replicas = new Set<RotationReplica>();

  private constructor(
    readonly clock: HurriedClock,
    readonly database: TestDatabase,
    /** Takes every key unless a test says otherwise. */
    readonly emulator: Emulator,
    readonly google: ApiKeysStandIn,
    private readonly folder: string,
  ) {}

  static async start(): Promise<RotationWorld> {
    const clock = new HurriedClock();
    const folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-rotation-'));
    const google = await ApiKeysStandIn.start(clock);
    await google.writeAccountFile(join(folder, 'account.json'));
    const emulator = await Emulator.start({ scenario: { open: true } });
    return new RotationWorld(clock, await createTestDatabase(), emulator, google, folder);
  }

  /** A replica of this name; started again under the same name it is the same one after a restart. */
  async replica(options: RotationOptions = {}, name = 'one'): Promise<RotationReplica> {
    const replica = await RotationReplica.start(this, options, join(this.folder, name));
    this.replicas.add(replica);
    return replica;
  }

  configOf({ keys = [{ id: 'a' }], rotation, masterKey }: RotationOptions, dataDir: string): ProxyConfig {
    return proxyConfigSchema.parse({
      gemini: {
        base_url: this.emulator.url,
        api_keys: keys.map((key) => ({ key: keyText(key.id), ...key })),
        rotation,
      },
      security: { master_key: masterKey ?? 'a master key of at least thirty-two characters' },
      persistence: { url: this.database.url, data_dir: dataDir },
    });
  }

  /** Options of `gemini.rotation.provider` that name projects `a` and `b` of Google Cloud. */
  get provider(): Options {
    const place = (id: string): Options => ({ id, account: `gemini@${id}.iam.gserviceaccount.com` });
    return {
      service_account_file: join(this.folder, 'account.json'),
      projects: { a: place('tests-a'), b: place('tests-b') },
    };
  }

  async stop(): Promise<void> {
    for (const replica of this.replicas) await replica.stop();
    await this.google.stop();
    await this.emulator.stop();
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The rotation of one replica, with everything real but the balancer and the audit log. */
export class RotationReplica {
  readonly events: AuditEvent[] = [];
  /** How many calls are under way with the secret of a name. */
  readonly underWay = new Map<string, number>();
  private module: TestingModule | undefined;

  private constructor(
    private readonly world: RotationWorld,
    private readonly dataDir: string,
  ) {}

  static async start(world: RotationWorld, options: RotationOptions, dataDir: string): Promise<RotationReplica> {
    const replica = new RotationReplica(world, dataDir);
    await mkdir(dataDir, { recursive: true });
    await replica.init(new ConfigStore(world.configOf(options, dataDir)));
    return replica;
  }

  get<T>(type: Type<T> | Abstract<T>): T {
    if (!this.module) throw new Error('the replica was stopped');
    return this.module.get<T>(type, { strict: false });
  }

  configure(options: RotationOptions): void {
    this.get(ConfigStore).replace(this.world.configOf(options, this.dataDir));
  }

  /** The text of the secret that is used for a key. */
  secretOf(keyId: string): string | undefined {
    return this.get(CurrentKeys).get(keyId)?.secret.reveal();
  }

  rows(): Promise<KeySecret[]> {
    return this.get(KeySecretRepository).all();
  }

  /** `action key` of every event. */
  get told(): readonly string[] {
    return this.events.map(({ action, details }) => `${action}: ${JSON.stringify(details['key'])}`);
  }

  /** Resolves when something is so; everything that can happen meanwhile happens. */
  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await setImmediate();
  }

  /** Ends the process, as far as this replica is one; what it was about stays as it is. */
  async stop(): Promise<void> {
    const { module } = this;
    this.module = undefined;
    await module?.close();
  }

  private async init(config: ConfigStore): Promise<void> {
    const { clock, google } = this.world;
    const audit = {
      append: (event: AuditEvent) => {
        this.events.push(event);
      },
    };
    const census: LeaseCensus = {
      inFlightOf: (_keyId, fingerprint) =>
        [...this.underWay].find(([name]) => fingerprintOf(name) === fingerprint)?.[1] ?? 0,
    };
    const surroundings = { module: Surroundings, global: true };
    const imports = [
      {
        ...surroundings,
        providers: [{ provide: Clock, useValue: clock }],
        exports: [Clock],
      },
      ConfigModule.forRoot(config),
      VaultModule,
      PersistenceModule.forRoot(),
      EgressModule,
    ];
    const providers = [
      ...ROTATION_PROVIDERS,
      Health,
      KeyEvents,
      KeyProbe,
      KeyOverridesStore,
      { provide: AuditLog, useValue: audit },
      { provide: LeaseCensus, useValue: census },
    ];
    this.module = await Test.createTestingModule({ imports, providers })
      .overrideProvider(KeyProvider)
      .useFactory({
        inject: [UpstreamClient],
        factory: (upstream: UpstreamClient) => GoogleKeysProvider.for({ config, upstream, clock }, google.url),
      })
      .compile();
    await this.module.init();
  }
}

@Module({})
class Surroundings {}
