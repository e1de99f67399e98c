import { describe, expect, it } from '@jest/globals';
import type { Verdict } from '../../src/kernel/gemini/verdict.js';
import { type AttemptFacts, countsAsAttempt, nextStep } from '../../src/proxy/retry-policy.js';

const retry = { max_attempts: 3, budget: 0.2, backoff: { base: 1, max: 2 }, after_send: false };
const once = { once: true, billable: true };
const often = { once: false, billable: false };
const facts = (verdict: Verdict, change: Partial<AttemptFacts> = {}): AttemptFacts => ({
  verdict,
  sent: true,
  traits: once,
  canRepeat: true,
  counted: 1,
  hasFallback: false,
  seeksOwner: false,
  ...change,
});

const bucket: Verdict = { scope: 'bucket', rest: { kind: 'escalating' }, violations: [] };
const upstream: Verdict = { scope: 'upstream', reason: 'reset' };

describe('nextStep', () => {
  it.each(['ok', 'request', 'routing'] as const)('relays what is %s', (scope) => {
    expect(nextStep(facts({ scope }), retry)).toBe('relay');
  });

  it.each(['key', 'project', 'billing_account'] as const)(
    'asks another key after a refused %s, however often',
    (scope) => {
      const verdict: Verdict = { scope, reason: 'x' };
      expect(nextStep(facts(verdict, { counted: 99 }), retry)).toBe('another_key');
      expect(countsAsAttempt(verdict)).toBe(false);
    },
  );

  it('asks another key after spent quota, as often as is allowed', () => {
    expect(nextStep(facts(bucket), retry)).toBe('another_key');
    expect(nextStep(facts(bucket, { counted: 3 }), retry)).toBe('relay');
  });

  it('pauses for an overloaded model, as often as is allowed', () => {
    expect(nextStep(facts({ scope: 'model' }), retry)).toBe('pause');
    expect(nextStep(facts({ scope: 'model' }, { counted: 3 }), retry)).toBe('relay');
  });

  it.each([
    ['relay', true, once, false],
    ['pause', false, once, false],
    ['pause', true, often, false],
    ['pause', true, once, true],
  ] as const)('answers a failure with %s (sent %s, traits %j, after_send %s)', (step, sent, traits, afterSend) => {
    expect(nextStep(facts(upstream, { sent, traits }), { ...retry, after_send: afterSend })).toBe(step);
  });

  it('goes to a fallback model after two overloads, and when attempts for quota are used up', () => {
    const hasFallback = { hasFallback: true };
    expect(nextStep(facts({ scope: 'model' }, hasFallback), retry)).toBe('pause');
    expect(nextStep(facts({ scope: 'model' }, { ...hasFallback, counted: 2 }), retry)).toBe('another_model');
    expect(nextStep(facts(bucket, { ...hasFallback, counted: 3 }), retry)).toBe('another_model');
  });

  it('asks another project only while nobody knows the owner', () => {
    expect(nextStep(facts({ scope: 'routing' }, { seeksOwner: true }), retry)).toBe('another_project');
    expect(nextStep(facts({ scope: 'routing' }), retry)).toBe('relay');
  });

  it('never repeats a body that was a stream', () => {
    for (const verdict of [bucket, upstream, { scope: 'key', reason: 'x' } as const]) {
      expect(nextStep(facts(verdict, { canRepeat: false, sent: false }), retry)).toBe('relay');
    }
  });
});
