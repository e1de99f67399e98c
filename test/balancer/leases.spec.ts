import { describe, expect, it } from '@jest/globals';
import type { Lease } from '../../src/balancer/lease.js';
import type { Verdict } from '../../src/kernel/gemini/verdict.js';
import { keyText } from '../support/proxy.harness.js';
import { BalancerHarness, configWith, OK, spent, WISH } from './balancer.harness.js';

const DEAD: Verdict = { scope: 'key', reason: 'API_KEY_INVALID' };
const OVERLOADED: Verdict = { scope: 'model' };

function leased(harness: BalancerHarness): Lease {
  const lease = harness.balancer.lease(WISH);
  if (!lease) throw new Error('a key is free');
  return lease;
}

function used({ balancer, clock }: BalancerHarness): Record<string, number> {
  const [bucket] = balancer.buckets.metered();
  return Object.fromEntries(
    (bucket?.stateAt(clock.now()) ?? []).map(({ dimension, used: count }) => [dimension, count]),
  );
}

describe('a lease', () => {
  it('takes its share when it is given, and corrects it when the usage is known', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    const lease = harness.balancer.lease({ ...WISH, input: { textBytes: 1_000, mediaTokens: 0 } });
    expect(used(harness)).toEqual({ rpm: 1, tpm: 350, rpd: 1 });
    lease?.heard(OK);
    lease?.end(200);
    expect(used(harness)).toEqual({ rpm: 1, tpm: 200, rpd: 1 });
  });

  it.each<[string, Verdict]>([
    ['refused for quota', spent({ kind: 'delay', ms: 1_000 })],
    ['refused for its key', DEAD],
    ['never sent', { scope: 'upstream', reason: 'unreachable' }],
  ])('gives its share back when the call was %s', (_what, verdict) => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    const lease = leased(harness);
    lease.heard(verdict);
    lease.end();
    expect(used(harness)).toEqual({ rpm: 0, tpm: 0, rpd: 0 });
  });

  it.each<[string, Verdict]>([
    ['overloaded', OVERLOADED],
    ['wrong', { scope: 'request' }],
    ['broken off', { scope: 'upstream', reason: 'reset' }],
  ])('keeps the share of a call that was %s: Google counts it', (_what, verdict) => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    const lease = leased(harness);
    lease.heard(verdict);
    lease.end();
    expect(used(harness)).toMatchObject({ rpm: 1, rpd: 1 });
  });

  it('keeps the share of a call that began well and was refused on its way', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    const lease = leased(harness);
    lease.heard(OK);
    lease.heard(spent({ kind: 'delay', ms: 1_000 }));
    lease.end();
    expect(used(harness)).toMatchObject({ rpm: 1, rpd: 1 });
    expect(harness.picks(1)).toEqual(['none']);
  });

  it('ends once, and takes a word after its end', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    const lease = leased(harness);
    lease.end();
    lease.end();
    lease.heard(DEAD);
    expect(harness.balancer.inFlightOf('a', lease.key.secret.fingerprint())).toBe(0);
    expect(harness.picks(1)).toEqual(['none']);
  });

  it('gives its trial back once when its caller has left before the first word', () => {
    const harness = new BalancerHarness([{ id: 'a' }], { breaker: { failures: 1, probes: 1 } });
    harness.hear('a', OVERLOADED);
    harness.clock.advance(10_000);
    const trial = leased(harness);
    trial.end();
    trial.heard(OK);
    const again = leased(harness);
    expect(harness.balancer.lease(WISH)).toBeUndefined();
    again.heard(OK);
    expect(harness.picks(2)).toEqual(['a', 'a']);
  });

  it('says nothing of a secret that has taken the place of its own', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    const lease = leased(harness);
    harness.store.replace(configWith([{ id: 'a', key: keyText('replacement') }]));
    lease.heard(DEAD);
    expect(harness.picks(1)).toEqual(['a']);
  });
});
