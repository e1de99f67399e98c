import { Injectable } from '@nestjs/common';
import { Balancer } from '../../balancer/balancer.service.js';
import type { ProbeResult } from '../../balancer/health/key-probe.js';
import { Prober } from '../../balancer/health/prober.js';
import { KeyOverview } from '../../balancer/keys/key-overview.js';
import type { UpstreamKey } from '../../balancer/keys/upstream-key.js';
import { ConfigStore } from '../../config/config.store.js';
import type { ConfigDocument } from '../../config/document/config-document.js';
import { Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import { nextPacificMidnightMs } from '../../kernel/gemini/pacific-midnight.js';
import { isMaskOf } from '../../settings/config-secrets.js';
import type { Plain } from '../transport/plain.js';
import { ConfiguredKeys } from './configured-keys.js';
import type { ProbedKeyDto } from './key-changes.dto.js';
import { type KeyQuotaDto, toModelQuotaDto } from './key-quota.dto.js';
import { type KeyDto, type KeyListDto, toKeyDto } from './key.dto.js';

/** Keys as the API shows and takes them. Throws `key_unknown` for an id that no key has. */
@Injectable()
export class KeysService {
  constructor(
    private readonly overview: KeyOverview,
    private readonly balancer: Balancer,
    private readonly prober: Prober,
    private readonly configured: ConfiguredKeys,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {}

  list(): Plain<KeyListDto> {
    return { items: this.config.current.gemini.api_keys.map(({ id }) => this.get(id)), next: null };
  }

  get(id: string): Plain<KeyDto> {
    const options = this.config.current.gemini.api_keys.find((key) => key.id === id);
    const view = this.overview.find(id);
    if (!options || !view) throw new Fault('key_unknown');
    return toKeyDto({ options, view, secret: this.key(id).secret });
  }

  quota(id: string): Plain<KeyQuotaDto> {
    const { project } = this.key(id);
    const dayEndMs = nextPacificMidnightMs(this.clock.now());
    const items = (this.overview.quotaOf(id) ?? []).map((quota) => toModelQuotaDto(quota, dayEndMs));
    return { project, items, next: null };
  }

  /** Ends every rest that concerns the key. */
  reset(id: string): Plain<KeyDto> {
    this.overview.reset(id);
    return this.get(id);
  }

  /** Asks Google whether it takes the key; what is in quarantine returns when it does. */
  async probe(id: string): Promise<Plain<ProbedKeyDto>> {
    const result = await this.prober.probeKey(this.key(id));
    return { ...this.get(id), result: result.kind, reason: reasonOf(result) };
  }

  async add(entry: ConfigDocument, actor: string): Promise<Plain<KeyDto>> {
    return this.get(await this.configured.add(entry, actor));
  }

  /** Changes what the patch names; the mask of the secret, sent back, keeps the secret. */
  async change(id: string, patch: ConfigDocument, actor: string): Promise<Plain<KeyDto>> {
    const changes = this.changesOf(id, patch);
    if (Object.keys(changes).length > 0) await this.configured.change(id, changes, actor);
    return this.get(id);
  }

  remove(id: string, actor: string): Promise<void> {
    return this.configured.remove(id, actor);
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
