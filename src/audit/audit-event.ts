import type { FaultCode } from '../kernel/errors/fault-table.js';
import type { TokenUsage } from '../kernel/gemini/usage.js';
import type { Principal } from '../kernel/principal.js';
import type { SettledAttempt, SettledExchange } from '../kernel/settled-exchange.js';
import { type AuditResult, resultOf, withoutQuery } from './audit-result.js';

/** What happened, in the words of the contract. */
export type AuditedEventType =
  | 'ApiCall'
  | 'ConfigChange'
  | 'WeightChange'
  | 'KeyEvent'
  | 'AuthEvent'
  | 'ClientChange'
  | 'SecurityEvent'
  | 'SystemEvent';

/** The log's own lines: where a file begins, what a restart repaired, what could not be written. */
export type ChainEventType = 'Checkpoint' | 'Recovery' | 'Gap';

export type AuditEventType = AuditedEventType | ChainEventType;

export type AuditValue =
  string | number | boolean | null | undefined | readonly AuditValue[] | { readonly [name: string]: AuditValue };

export type AuditDetails = Readonly<Record<string, AuditValue>>;

export interface AuditActor {
  readonly type: string;
  readonly id: string;
}

/** One thing worth recording, before it has a place in the chain. Holds no secret, prompt or answer. */
export interface AuditEvent {
  readonly type: AuditEventType;
  /** When it began, in milliseconds since the epoch; by default `durationMs` before it is appended. */
  readonly at?: number;
  readonly sourceIp: string;
  /** For a request `METHOD /path` without its query. */
  readonly action: string;
  readonly result: AuditResult;
  readonly durationMs: number;
  readonly requestId?: string;
  readonly actor?: AuditActor;
  readonly details: AuditDetails;
  /** Why the caller was turned away; such events are counted instead of written when they come in floods. */
  readonly refusal?: FaultCode;
}

/** The line of one proxied call, however it ended. */
export function exchangeEvent(settled: SettledExchange): AuditEvent {
  const { fault, ending } = settled;
  return {
    type: 'ApiCall',
    at: settled.startedAt,
    sourceIp: settled.sourceIp,
    action: `${settled.httpMethod} ${withoutQuery(settled.path)}`,
    result: resultOf({ status: settled.status, fault, whole: ending === 'complete' }),
    durationMs: settled.durationMs,
    requestId: settled.id,
    actor: actorOf(settled.principal),
    details: exchangeDetails(settled),
    refusal: ending === 'refused' ? fault : undefined,
  };
}

/** How a line names whoever is behind a call. */
export function actorOf(principal: Principal | undefined): AuditActor | undefined {
  return principal && { type: principal.type, id: principal.id };
}

function exchangeDetails(settled: SettledExchange): AuditDetails {
  return {
    status: settled.status,
    model: settled.model,
    key: settled.key,
    attempts: settled.attempts.length,
    tokens: settled.tokens && tokenCounts(settled.tokens),
    first_byte_ms: settled.firstByteMs === undefined ? undefined : Math.round(settled.firstByteMs),
    ended: settled.ending,
    fault: settled.fault,
    surface: settled.surface,
    served_model: otherModel(settled),
    queued_ms: settled.queuedMs ? Math.round(settled.queuedMs) : undefined,
    attempt_outcomes: wentStraight(settled.attempts) ? undefined : settled.attempts.map(attemptOutcome),
  };
}

/** The model that really served, where it is not the one that was asked for: by an alias, a fallback or Google's choice. */
function otherModel({ model, routedModel, servedModel }: SettledExchange): string | undefined {
  const served = servedModel ?? routedModel;
  return served === model ? undefined : served;
}

function tokenCounts({ input, output, cached, thoughts }: TokenUsage): AuditDetails {
  return { input, output, cached, thoughts };
}

/** One good attempt says nothing that the line does not say already. */
function wentStraight(attempts: readonly SettledAttempt[]): boolean {
  return attempts.every(({ outcome }) => outcome === 'ok') && attempts.length < 2;
}

function attemptOutcome({ key, project, outcome, status, durationMs }: SettledAttempt): AuditDetails {
  return { key, project, outcome, status, duration_ms: Math.round(durationMs) };
}
