import type { ProxyConfig } from '../../config/schema.js';
import type { Verdict } from '../../kernel/gemini/verdict.js';
import type { Lane } from '../lease.js';
import { Breaker, type BreakerState } from '../../kernel/resilience/breaker.js';

type BreakerOptions = ProxyConfig['gemini']['breaker'];

/** Names of models come from callers: beyond this many, the breaker that was made first is forgotten. */
const MODELS_MAX = 1_000;

/** The breakers of this replica: one for upstream's address, one for each model, whose overload every key hears alike. */
export class Breakers {
  readonly upstream: Breaker;
  private readonly byModel = new Map<string, Breaker>();

  constructor(private readonly options: () => BreakerOptions) {
    this.upstream = new Breaker(options);
  }

  /** The breaker of a model's calls; what is read of a model is served while it is too busy to generate. */
  of(model: string | undefined, lane: Lane): Breaker {
    const name = lane === 'metered' ? (model ?? '') : `${lane}:${model ?? ''}`;
    const known = this.byModel.get(name);
    if (known) return known;
    const [oldest] = this.byModel.keys();
    if (this.byModel.size >= MODELS_MAX && oldest !== undefined) this.byModel.delete(oldest);
    const breaker = new Breaker(this.options);
    this.byModel.set(name, breaker);
    return breaker;
  }

  /** The models whose breaker is not closed. */
  tripped(nowMs: number): { readonly model: string; readonly state: BreakerState }[] {
    return [...this.byModel]
      .map(([model, breaker]) => ({ model, state: breaker.state(nowMs) }))
      .filter(({ state }) => state !== 'closed');
  }
}

/** The way of one attempt through the breakers of upstream's address and of its model. */
export class Passage {
  private readonly upstreamEra: number;
  private readonly modelEra: number;

  constructor(
    private readonly upstream: Breaker,
    private readonly model: Breaker,
    nowMs: number,
  ) {
    this.upstreamEra = upstream.enter(nowMs);
    this.modelEra = model.enter(nowMs);
  }

  /** Upstream's first word: what it means for each. */
  heard({ scope }: Verdict, nowMs: number): void {
    if (scope === 'upstream') this.upstream.fail(this.upstreamEra, nowMs);
    else this.upstream.succeed(this.upstreamEra, nowMs);
    if (scope === 'model') this.model.fail(this.modelEra, nowMs);
    else if (scope === 'ok') this.model.succeed(this.modelEra, nowMs);
    else this.model.leave(this.modelEra);
  }

  /** An answer that turned bad on its way: its good beginning was counted already. */
  heardLate({ scope }: Verdict, nowMs: number): void {
    if (scope === 'upstream') this.upstream.fail(this.upstreamEra, nowMs);
    if (scope === 'model') this.model.fail(this.modelEra, nowMs);
  }

  /** It ended without a word. */
  leave(): void {
    this.upstream.leave(this.upstreamEra);
    this.model.leave(this.modelEra);
  }
}
