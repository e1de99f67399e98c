import type { ProxyConfig } from '../../config/schema.js';
import type { Verdict } from '../../kernel/gemini/verdict.js';
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

  model(model: string | undefined): Breaker {
    const name = model ?? '';
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

/** Tells the breakers of one attempt what its verdict means for each. */
export function tell(upstream: Breaker, model: Breaker, verdict: Verdict, nowMs: number): void {
  if (verdict.scope === 'upstream') upstream.fail(nowMs);
  else upstream.succeed(nowMs);
  if (verdict.scope === 'model') model.fail(nowMs);
  else if (verdict.scope === 'ok') model.succeed(nowMs);
  else model.leave(nowMs);
}
