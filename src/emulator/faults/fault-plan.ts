import type { AnswerShape } from './answer-shape.js';
import type { Strike, StrikeOf } from './fault.schema.js';

/** What is going to happen to one request. */
export interface FaultPlan {
  readonly delayMs: number;
  readonly shape: AnswerShape;
  readonly outcome?: StrikeOf<'error'> | StrikeOf<'answer'> | StrikeOf<'empty'> | StrikeOf<'redirect'>;
  readonly harm?: StrikeOf<'stall'> | StrikeOf<'reset'> | StrikeOf<'cut'>;
  readonly streamError?: StrikeOf<'stream_error'>;
  readonly echoes: ReadonlySet<StrikeOf<'echo_key'>['where']>;
  readonly close?: StrikeOf<'close'>;
  readonly live?: StrikeOf<'live'>;
}

/** Nothing goes wrong. */
export const NO_FAULTS: FaultPlan = { delayMs: 0, shape: {}, echoes: new Set() };

type Field = 'harm' | 'streamError' | 'close' | 'live' | 'outcome';

/** Where the plan keeps a strike of which the first counts. */
const FIELDS: Readonly<Record<Exclude<Strike['kind'], 'delay' | 'shape' | 'echo_key'>, Field>> = {
  stall: 'harm',
  reset: 'harm',
  cut: 'harm',
  stream_error: 'streamError',
  close: 'close',
  live: 'live',
  error: 'outcome',
  answer: 'outcome',
  empty: 'outcome',
  redirect: 'outcome',
};

/** Adds a strike: delays add up, shapes are laid over each other, and of the rest the first of a kind counts. */
export function withStrike(plan: FaultPlan, strike: Strike): FaultPlan {
  if (strike.kind === 'delay') return { ...plan, delayMs: plan.delayMs + strike.delay_ms };
  if (strike.kind === 'echo_key') return { ...plan, echoes: new Set([...plan.echoes, strike.where]) };
  if (strike.kind === 'shape') {
    const { kind: _kind, ...shape } = strike;
    return { ...plan, shape: { ...plan.shape, ...shape } };
  }
  const field = FIELDS[strike.kind];
  return plan[field] === undefined ? { ...plan, [field]: strike } : plan;
}
