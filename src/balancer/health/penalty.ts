import { nextPacificMidnightMs } from '../../kernel/gemini/pacific-midnight.js';
import { type CredentialVerdict, isAboutCredential, type Verdict } from '../../kernel/gemini/verdict.js';
import type { BackoffLimits } from '../../kernel/resilience/backoff.js';
import type { Candidate } from '../candidate.js';
import type { CoolDowns } from './cool-downs.js';
import type { Scope } from './scope.js';

/** A dead key, project or account is probed after these growing intervals. */
export const QUARANTINE: BackoffLimits = { base: 60_000, max: 3_600_000 };

/** A 429 without any detail: dynamic or spend-based limits, whose end Google does not tell (wire facts D.4). */
const UNSTATED: BackoffLimits = { base: 2_000, max: 60_000 };

/** An account's spending limit over ten minutes returns by itself (wire facts E). */
const SPENT_FOR_NOW = 'SPEND_RATE_LIMIT';
const SPEND_WINDOW: BackoffLimits = { base: 60_000, max: 600_000 };

/** A model that a project does not have is asked for again after a day: tiers change. */
const EXCLUDED_MS = 24 * 3_600_000;

/** A verdict that rests something. */
export type Penalty = CredentialVerdict | Extract<Verdict, { scope: 'bucket' }>;

/** Whether a verdict rests something that belongs to the key it was said of. */
export function isPenalty(verdict: Verdict): verdict is Penalty {
  return verdict.scope === 'bucket' || isAboutCredential(verdict);
}

/** Rests the scope that a verdict names; returns the scope. */
export function penalise(coolDowns: CoolDowns, candidate: Candidate, verdict: Penalty, nowMs: number): Scope {
  if (verdict.scope === 'bucket') return restBucket(coolDowns, candidate.scopes.bucket, verdict, nowMs);
  const scope = candidate.scopes[verdict.scope];
  if (verdict.reason === SPENT_FOR_NOW) coolDowns.escalate(scope, nowMs, SPEND_WINDOW, 'quota', verdict.reason);
  else coolDowns.escalate(scope, nowMs, QUARANTINE, 'quarantine', verdict.reason);
  return scope;
}

function restBucket(
  coolDowns: CoolDowns,
  scope: Scope,
  { rest, violations }: Extract<Verdict, { scope: 'bucket' }>,
  nowMs: number,
): Scope {
  const reason = violations[0]?.quotaId || rest.kind;
  switch (rest.kind) {
    case 'delay':
      coolDowns.until(scope, nowMs + rest.ms, 'quota', reason);
      break;
    case 'pacific_midnight':
      coolDowns.until(scope, nextPacificMidnightMs(nowMs), 'quota', reason);
      break;
    case 'excluded':
      coolDowns.until(scope, nowMs + EXCLUDED_MS, 'excluded', reason);
      break;
    case 'escalating':
      coolDowns.escalate(scope, nowMs, UNSTATED, 'quota', reason);
      break;
  }
  return scope;
}
