import type { ProxyConfig } from '../config/schema.js';
import type { MethodTraits } from '../kernel/gemini/method-traits.js';
import { isAboutCredential, type Verdict } from '../kernel/gemini/verdict.js';

/** What to do after an attempt. */
export type NextStep =
  /** The outcome goes to the caller. */
  | 'relay'
  /** The key, its project or its bucket is out: another key may do better, at once. */
  | 'another_key'
  /** The project does not have what the call names; another one may. */
  | 'another_project'
  /** The model cannot serve now; the next one that the operator named may. */
  | 'another_model'
  /** It may pass by itself: try again after a pause. */
  | 'pause';

/** What is known of the attempt that was just made. */
export interface AttemptFacts {
  readonly verdict: Verdict;
  /** False only when upstream provably saw nothing of the request. */
  readonly sent: boolean;
  readonly traits: MethodTraits;
  readonly canRepeat: boolean;
  /** Attempts so far that counted against `retry.max_attempts`. */
  readonly counted: number;
  /** Another model may serve the call. */
  readonly hasFallback: boolean;
  /** Nobody knows which project owns what the call names: each may be asked. */
  readonly seeksOwner: boolean;
}

type RetryOptions = ProxyConfig['gemini']['retry'];
type Rule = (facts: AttemptFacts, retry: RetryOptions) => NextStep;

/** An overloaded model is given so many tries before its fallback. */
const OVERLOADED_TRIES = 2;

const relay: Rule = () => 'relay';

/** A refused credential is bounded by the number of keys: each of them is out after its first refusal. */
const anotherKey: Rule = () => 'another_key';

const anotherProject: Rule = ({ seeksOwner }) => (seeksOwner ? 'another_project' : 'relay');

const whileAttemptsLeft =
  (step: NextStep): Rule =>
  ({ counted, hasFallback }, retry) => {
    if (counted < retry.max_attempts) return step;
    return hasFallback ? 'another_model' : 'relay';
  };

/** Every key would hear the same of an overloaded model. */
const pauseOrFallBack: Rule = (facts, retry) =>
  facts.hasFallback && facts.counted >= OVERLOADED_TRIES ? 'another_model' : whileAttemptsLeft('pause')(facts, retry);

/** What was written may have been carried out and billed: only methods that may happen twice are sent again. */
const pauseWhereSafe: Rule = (facts, retry) => {
  const isSafe = !facts.sent || !facts.traits.once || retry.after_send;
  return isSafe && facts.counted < retry.max_attempts ? 'pause' : 'relay';
};

const RULES: Readonly<Record<Verdict['scope'], Rule>> = {
  ok: relay,
  request: relay,
  routing: anotherProject,
  key: anotherKey,
  project: anotherKey,
  billing_account: anotherKey,
  bucket: whileAttemptsLeft('another_key'),
  model: pauseOrFallBack,
  upstream: pauseWhereSafe,
};

/**
 * Decides what follows an attempt whose first byte has not gone to the caller. Only what provably did not happen is
 * sent again: a rejected call, one that was never written, or a method that may happen twice.
 */
export function nextStep(facts: AttemptFacts, retry: RetryOptions): NextStep {
  return facts.canRepeat ? RULES[facts.verdict.scope](facts, retry) : 'relay';
}

/** Whether a verdict counts against `retry.max_attempts`. */
export function countsAsAttempt(verdict: Verdict): boolean {
  return !isAboutCredential(verdict) && verdict.scope !== 'routing';
}
