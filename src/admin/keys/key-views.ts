import { Injectable } from '@nestjs/common';
import { Balancer } from '../../balancer/balancer.service.js';
import { KeyOverview } from '../../balancer/keys/key-overview.js';
import { KeyAges } from '../../balancer/rotation/key-ages.js';
import { KeyReview } from '../../balancer/rotation/key-review.js';
import type { KeyRemark } from '../../balancer/rotation/key-strength.js';
import { ConfigStore } from '../../config/config.store.js';
import { Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import { nextPacificMidnightMs } from '../../kernel/gemini/pacific-midnight.js';
import type { Plain } from '../transport/plain.js';
import { type KeyQuotaDto, toModelQuotaDto } from './key-quota.dto.js';
import { type KeyDto, type KeyListDto, toKeyDto } from './key.dto.js';

/** Keys as the API shows them. Throws `key_unknown` for an id that no key has. */
@Injectable()
export class KeyViews {
  constructor(
    private readonly overview: KeyOverview,
    private readonly balancer: Balancer,
    private readonly ages: KeyAges,
    private readonly review: KeyReview,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {}

  list(): Plain<KeyListDto> {
    const remarks = this.review.remarks();
    return { items: this.config.current.gemini.api_keys.map(({ id }) => this.view(id, remarks)), next: null };
  }

  get(id: string): Plain<KeyDto> {
    return this.view(id, this.review.remarks());
  }

  quota(id: string): Plain<KeyQuotaDto> {
    const key = this.balancer.ring.get(id);
    if (!key) throw new Fault('key_unknown');
    const dayEndMs = nextPacificMidnightMs(this.clock.now());
    const items = (this.overview.quotaOf(id) ?? []).map((quota) => toModelQuotaDto(quota, dayEndMs));
    return { project: key.project, items, next: null };
  }

  private view(id: string, remarks: readonly KeyRemark[]): Plain<KeyDto> {
    const options = this.config.current.gemini.api_keys.find((key) => key.id === id);
    const [view, key, age] = [this.overview.find(id), this.balancer.ring.get(id), this.ages.of(id)];
    if (!options || !view || !key || !age) throw new Fault('key_unknown');
    const own = remarks.filter(({ keyId }) => keyId === id);
    return toKeyDto({ options, view, secret: key.secret, age, remarks: own });
  }
}
