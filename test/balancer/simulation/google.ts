import {
  errorInfo,
  localized,
  native,
  QUOTA_HELP,
  quotaFailure,
  quotaMessage,
  retryInfo,
  violated,
} from '../../kernel/fixtures/verdicts/recorded.js';
import { type Counting, DayTally, MINUTE_COUNTS, type MinuteCount } from './google-counts.js';

/** What Google grants a project of a model. */
export interface Grant {
  readonly rpm: number;
  readonly tpm: number;
  readonly rpd: number;
}

type Dimension = keyof Grant;

export interface GoogleCall {
  readonly key: string;
  readonly project: string;
  readonly model: string;
  readonly inputTokens: number;
}

export interface GoogleAnswer {
  readonly status: number;
  readonly body: string;
  /** Of a refusal for quota: when the same call would have been served. */
  readonly roomAtMs?: number;
}

interface Ledger {
  readonly requests: MinuteCount;
  readonly tokens: MinuteCount;
  readonly day: DayTally;
}

/** Metric and id of the quotas, as they stand in recorded refusals (wire facts D.4). */
const QUOTAS: Readonly<Record<Dimension, readonly [metric: string, quotaId: string]>> = {
  rpm: ['generate_requests_per_model', 'GenerateRequestsPerMinutePerProjectPerModel'],
  tpm: ['generate_content_paid_tier_input_token_count', 'GenerateContentPaidTierInputTokensPerModelPerMinute'],
  rpd: ['generate_requests_per_model_per_day', 'GenerateRequestsPerDayPerProjectPerModel'],
};

const OK: GoogleAnswer = { status: 200, body: '' };

const NOT_VALID = 'API key not valid. Please pass a valid API key.';
const INVALID: GoogleAnswer = {
  status: 400,
  body: native(400, 'INVALID_ARGUMENT', NOT_VALID, [errorInfo('API_KEY_INVALID'), localized(NOT_VALID)]),
};

const OVERLOADED: GoogleAnswer = {
  status: 503,
  body: native(503, 'UNAVAILABLE', 'This model is currently experiencing high demand. Please try again later.'),
};

/** Google's counting by project and model, written anew from what is known of it, and its refusals. */
export class VirtualGoogle {
  readonly deadKeys = new Set<string>();
  readonly suspendedProjects = new Set<string>();
  readonly overloadedModels = new Set<string>();
  private readonly ledgers = new Map<string, Ledger>();

  constructor(
    private readonly grants: Readonly<Record<string, Readonly<Record<string, Grant>>>>,
    private readonly counting: Counting,
  ) {}

  /** Whether Google takes a key at all: what listing models would tell. */
  admits(key: string, project: string): boolean {
    return !this.deadKeys.has(key) && !this.suspendedProjects.has(project);
  }

  answer(call: GoogleCall, nowMs: number): GoogleAnswer {
    if (this.deadKeys.has(call.key)) return INVALID;
    if (this.suspendedProjects.has(call.project)) return suspended(call.key);
    const ledger = this.ledger(call.project, call.model);
    const refusal = this.refusal(call, ledger, nowMs);
    if (refusal) return refusal;
    // A failed call counts against the quota as a served one does (wire facts D.3).
    ledger.requests.add(nowMs, 1);
    ledger.tokens.add(nowMs, call.inputTokens);
    ledger.day.add(nowMs, 1);
    return this.overloadedModels.has(call.model) ? OVERLOADED : OK;
  }

  /** Calls that somebody else makes with a project in the course of a day. */
  useElsewhere(project: string, model: string, calls: number, nowMs: number): void {
    this.ledger(project, model).day.add(nowMs, calls);
  }

  private refusal(call: GoogleCall, ledger: Ledger, nowMs: number): GoogleAnswer | undefined {
    const grant = this.grants[call.project]?.[call.model];
    if (!grant) throw new Error(`${call.project} has no ${call.model}`);
    const minuteRoomAtMs = Math.max(
      ledger.requests.roomAtMs(nowMs, 1, grant.rpm),
      ledger.tokens.roomAtMs(nowMs, call.inputTokens, grant.tpm),
    );
    const isDaySpent = ledger.day.used(nowMs) + 1 > grant.rpd;
    if (minuteRoomAtMs <= nowMs && !isDaySpent) return undefined;
    const exceeded: Dimension[] = [
      ...(ledger.requests.used(nowMs) + 1 > grant.rpm ? (['rpm'] as const) : []),
      ...(ledger.tokens.used(nowMs) + call.inputTokens > grant.tpm ? (['tpm'] as const) : []),
      ...(isDaySpent ? (['rpd'] as const) : []),
    ];
    const roomAtMs = isDaySpent ? Infinity : minuteRoomAtMs;
    return { status: 429, body: quotaBody(exceeded, grant, call.model, minuteRoomAtMs - nowMs), roomAtMs };
  }

  private ledger(project: string, model: string): Ledger {
    const name = `${project}/${model}`;
    let ledger = this.ledgers.get(name);
    if (!ledger) {
      const minute = MINUTE_COUNTS[this.counting];
      ledger = { requests: minute(), tokens: minute(), day: new DayTally() };
      this.ledgers.set(name, ledger);
    }
    return ledger;
  }
}

/** As in recorded refusals, RetryInfo knows whole seconds, the message more, and a spent day states half a minute. */
function quotaBody(exceeded: readonly Dimension[], grant: Grant, model: string, roomInMs: number): string {
  const delayMs = exceeded.includes('rpd') ? 25_200 : roomInMs;
  const lines = exceeded.map((dimension) => `${QUOTAS[dimension][0]}, limit: ${grant[dimension]}, model: ${model}`);
  const violations = exceeded.map((dimension) => violated(...QUOTAS[dimension], model, String(grant[dimension])));
  return native(429, 'RESOURCE_EXHAUSTED', quotaMessage(lines, `${(delayMs / 1_000).toFixed(6)}s`), [
    quotaFailure(...violations),
    QUOTA_HELP,
    retryInfo(`${Math.floor(delayMs / 1_000)}s`),
  ]);
}

function suspended(key: string): GoogleAnswer {
  const message = `Permission denied: Consumer 'api_key:${key}' has been suspended.`;
  const info = errorInfo('CONSUMER_SUSPENDED', { consumer: 'projects/104729', containerInfo: `api_key:${key}` });
  return { status: 403, body: native(403, 'PERMISSION_DENIED', message, [info, localized(message)]) };
}
