import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GoogleKeysProvider } from '../../../src/balancer/rotation/google-keys-provider.js';
import { ConfigStore } from '../../../src/config/config.store.js';
import { proxyConfigSchema } from '../../../src/config/schema.js';
import { UpstreamClient } from '../../../src/egress/upstream-client.js';
import { ApiKeysStandIn } from '../../support/api-keys.stand-in.js';
import { HurriedClock } from '../../support/hurried-clock.js';

/** A provider of keys in front of the stand-in. */
export class ProviderWorld {
  private constructor(
    readonly clock: HurriedClock,
    readonly google: ApiKeysStandIn,
    readonly provider: GoogleKeysProvider,
    readonly accountFile: string,
    private readonly folder: string,
    private readonly upstream: UpstreamClient,
  ) {}

  static async start(projects: Readonly<Record<string, { id: string; account?: string }>>): Promise<ProviderWorld> {
    const clock = new HurriedClock();
    const google = await ApiKeysStandIn.start(clock);
    const folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-rotation-'));
    const accountFile = join(folder, 'account.json');
    await google.writeAccountFile(accountFile);
    const provider = { service_account_file: accountFile, projects };
    const config = new ConfigStore(proxyConfigSchema.parse({ gemini: { rotation: { provider } } }));
    const upstream = new UpstreamClient(config);
    const keys = GoogleKeysProvider.for({ config, upstream, clock }, google.url);
    return new ProviderWorld(clock, google, keys, accountFile, folder, upstream);
  }

  async stop(): Promise<void> {
    await this.upstream.onApplicationShutdown();
    await this.google.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
