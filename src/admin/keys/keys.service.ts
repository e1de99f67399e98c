import { Injectable } from '@nestjs/common';
import { Balancer } from '../../balancer/balancer.service.js';
import type { ProbeResult } from '../../balancer/health/key-probe.js';
import { Prober } from '../../balancer/health/prober.js';
import { KeyOverview } from '../../balancer/keys/key-overview.js';
import type { UpstreamKey } from '../../balancer/keys/upstream-key.js';
import { KeyRotation } from '../../balancer/rotation/key-rotation.js';
import type { ConfigDocument } from '../../config/document/config-document.js';
import { Fault } from '../../kernel/errors/fault.js';
import { Secret } from '../../kernel/secret.js';
import { isMaskOf } from '../../settings/config-secrets.js';
import type { Plain } from '../transport/plain.js';
import { ConfiguredKeys } from './configured-keys.js';
import type { NewSecretDto, ProbedKeyDto } from './key-changes.dto.js';
import type { KeyDto } from './key.dto.js';
import { KeyViews } from './key-views.js';

/** What operators do to keys. Throws `key_unknown` for an id that no key has. */
@Injectable()
export class KeysService {
  constructor(
    private readonly views: KeyViews,
    private readonly configured: ConfiguredKeys,
    private readonly overview: KeyOverview,
    private readonly balancer: Balancer,
    private readonly prober: Prober,
    private readonly rotation: KeyRotation,
  ) {}

  async add(entry: ConfigDocument, actor: string): Promise<Plain<KeyDto>> {
    return this.views.get(await this.configured.add(entry, actor));
  }

  /** Changes what the patch names; the mask of the secret, sent back, keeps the secret. */
  async change(id: string, patch: ConfigDocument, actor: string): Promise<Plain<KeyDto>> {
    const changes = this.changesOf(id, patch);
    if (Object.keys(changes).length > 0) await this.configured.change(id, changes, actor);
    return this.views.get(id);
  }

  remove(id: string, actor: string): Promise<void> {
    return this.configured.remove(id, actor);
  }

  /** Ends every rest that concerns the key. */
  reset(id: string): Plain<KeyDto> {
    this.overview.reset(id);
    return this.views.get(id);
  }

  /** Asks Google whether it takes the key; what is in quarantine returns when it does. */
  async probe(id: string): Promise<Plain<ProbedKeyDto>> {
    const result = await this.prober.probeKey(this.key(id));
    return { ...this.views.get(id), result: result.kind, reason: reasonOf(result) };
  }

  /** Replaces the secret by the given one, or by one that a provider makes; throws as the rotation does. */
  async rotate(id: string, { key }: NewSecretDto): Promise<Plain<KeyDto>> {
    await this.rotation.rotate(id, typeof key === 'string' ? new Secret(key) : undefined);
    return this.views.get(id);
  }

  private changesOf(id: string, { id: sent = id, key, ...rest }: ConfigDocument): ConfigDocument {
    const { secret } = this.key(id);
    if (sent !== id) {
      const message = 'must be the id in the path: add a new key under the other id';
      throw new Fault('validation_failed', { violations: [{ path: 'id', message }] });
    }
    return key === undefined || isMaskOf(key, secret) ? rest : { ...rest, key };
  }

  private key(id: string): UpstreamKey {
    const key = this.balancer.ring.get(id);
    if (!key) throw new Fault('key_unknown');
    return key;
  }
}

function reasonOf(result: ProbeResult): string | null {
  if (result.kind === 'well') return null;
  return result.kind === 'refused' ? result.verdict.reason : result.reason;
}
