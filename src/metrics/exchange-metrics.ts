import type { Registry } from 'prom-client';

import type { TokenUsage } from '../kernel/gemini/usage.js';
import type { SettledExchange, Warmth } from '../kernel/settled-exchange.js';
import { ChildCache } from './child-cache.js';
import { exchangeInstruments } from './instruments.js';

const TOKEN_KINDS: readonly (readonly [keyof TokenUsage, string])[] = [
  ['input', 'input'],
  ['output', 'output'],
  ['cached', 'cached'],
  ['thoughts', 'thoughts'],
  ['toolUse', 'tool_use'],
];

/** Durations, endings and tokens of proxied calls. */
export class ExchangeMetrics {
  private readonly duration;
  private readonly firstByte;
  private readonly attempt;
  private readonly retries;
  private readonly endings;
  private readonly faults;
  private readonly tokens;
  private readonly queued;
  private readonly affinity;
  private readonly affinityTokens;

  constructor(registry: Registry) {
    const instruments = exchangeInstruments(registry);
    this.duration = new ChildCache(instruments.duration);
    this.firstByte = new ChildCache(instruments.firstByte);
    this.attempt = new ChildCache(instruments.attempt);
    this.retries = new ChildCache(instruments.retries);
    this.endings = new ChildCache(instruments.endings);
    this.faults = new ChildCache(instruments.faults);
    this.tokens = new ChildCache(instruments.tokens);
    this.queued = new ChildCache(instruments.queued);
    this.affinity = new ChildCache(instruments.affinity);
    this.affinityTokens = new ChildCache(instruments.affinityTokens);
  }

  /** `model` is the label, not the name that was asked for. */
  settled(exchange: SettledExchange, model: string): void {
    const { surface, ending, durationMs, firstByteMs, fault, attempts, tokens } = exchange;
    this.endings.child(surface, ending).inc();
    this.duration.child(surface).observe(durationMs / 1_000);
    if (firstByteMs !== undefined) this.firstByte.child(surface).observe(firstByteMs / 1_000);
    if (fault !== undefined) this.faults.child(fault).inc();
    if (attempts.length > 1) this.retries.child(surface).inc(attempts.length - 1);
    for (const attempt of attempts) this.attempt.child(attempt.outcome).observe(attempt.durationMs / 1_000);
    if (tokens) this.countTokens(tokens, model);
    if (exchange.queuedMs) this.queued.child(surface).observe(exchange.queuedMs / 1_000);
    if (exchange.warmth) this.countWarmth(exchange.warmth, tokens);
  }

  /** What affinity is worth: the share of cached tokens where calls were kept together, and where they were not. */
  private countWarmth(placed: Warmth, tokens: TokenUsage | undefined): void {
    this.affinity.child(placed).inc();
    if (!tokens) return;
    this.affinityTokens.child(placed, 'input').inc(tokens.input);
    this.affinityTokens.child(placed, 'cached').inc(tokens.cached);
  }

  private countTokens(tokens: TokenUsage, model: string): void {
    for (const [field, kind] of TOKEN_KINDS) {
      if (tokens[field] > 0) this.tokens.child(model, kind).inc(tokens[field]);
    }
  }
}
