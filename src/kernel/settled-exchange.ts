import type { FaultCode } from './errors/fault-table.js';
import type { Surface } from './gemini/surface.js';
import type { TokenUsage } from './gemini/usage.js';
import type { VerdictScope } from './gemini/verdict.js';
import type { Principal } from './principal.js';

/** How an exchange ended, seen from the caller. */
export type Ending =
  /** The answer was relayed whole, whatever its status. */
  | 'complete'
  /** A fault of this proxy was the whole answer. */
  | 'refused'
  /** The caller went away before the end. */
  | 'aborted'
  /** Upstream broke off, or reported an error, after the first byte. */
  | 'truncated';

/** How a call with a prompt worth caching was placed: where its prompt was before, elsewhere, or for the first time. */
export type Warmth = 'kept' | 'moved' | 'new';

/** One try upstream. */
export interface SettledAttempt {
  readonly key: string;
  readonly project: string;
  /** `aborted`: the caller left while upstream was at work. */
  readonly outcome: 'ok' | 'aborted' | VerdictScope;
  /** Upstream's HTTP status; undefined when no answer came. */
  readonly status?: number;
  readonly durationMs: number;
}

/** Everything that observers (audit, metrics, usage, insight) learn of one proxied call, after its response closed. */
export interface SettledExchange {
  readonly id: string;
  readonly surface: Surface;
  readonly httpMethod: string;
  /** The canonical path without query. */
  readonly path: string;
  readonly sourceIp: string;
  readonly principal?: Principal;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Time to the first byte for the caller; undefined when nothing was relayed. */
  readonly firstByteMs?: number;
  /** Status that the caller saw; 499 when it left before one was sent, 101 for a Live session. */
  readonly status: number;
  readonly ending: Ending;
  readonly fault?: FaultCode;
  /** As the caller asked for it. */
  readonly model?: string;
  /** As upstream was asked for it, after aliases and fallbacks. */
  readonly routedModel?: string;
  /** As upstream says it served it. */
  readonly servedModel?: string;
  /** The key whose answer was relayed. */
  readonly key?: string;
  readonly attempts: readonly SettledAttempt[];
  readonly tokens?: TokenUsage;
  /** How the last attempt was placed for the sake of prompt caching; undefined where nothing could be cached. */
  readonly warmth?: Warmth;
  /** Milliseconds spent waiting for a key. */
  readonly queuedMs?: number;
}

/** Gets every settled exchange exactly once; must not throw and must not block. */
export interface ExchangeObserver {
  settled(exchange: SettledExchange): void;
}
