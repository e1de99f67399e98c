import { describe, expect, it } from '@jest/globals';
import { Bucket } from '../../../src/balancer/quota/bucket.js';
import { BucketBook } from '../../../src/balancer/quota/bucket-book.js';
import type { KnownLimits } from '../../../src/balancer/quota/limits.js';
import { configWith } from '../balancer.harness.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.parse('2026-05-05T12:00:00Z');
const MIDNIGHT = Date.parse('2026-05-06T07:00:00Z');

const bucketOf = (known: Partial<KnownLimits> = {}): Bucket => new Bucket('p', 'm', { own: {}, tier: {}, ...known });

/** Calls of so many tokens that fit one after the other. */
function fitting(bucket: Bucket, nowMs: number, inputTokens = 1, most = 1_000): number {
  let calls = 0;
  while (calls < most && bucket.hasRoom(nowMs, inputTokens)) {
    bucket.reserve(nowMs, inputTokens);
    calls += 1;
  }
  return calls;
}

const limitsOf = (bucket: Bucket, nowMs = NOON) =>
  Object.fromEntries(bucket.stateAt(nowMs).map(({ dimension, limit }) => [dimension, limit]));

describe('Bucket', () => {
  it('has room for everything while no limit is known', () => {
    expect(fitting(bucketOf(), NOON, 1_000_000)).toBe(1_000);
  });

  it('lets as many calls pass as its requests and tokens a minute and its requests a day allow', () => {
    expect(fitting(bucketOf({ tier: { rpm: 5 } }), NOON)).toBe(5);
    expect(fitting(bucketOf({ tier: { rpm: 50, tpm: 1_000 } }), NOON, 300)).toBe(3);
    expect(fitting(bucketOf({ tier: { rpm: 50, rpd: 7 } }), NOON)).toBe(7);
  });

  it('tells when the next call fits', () => {
    const minute = bucketOf({ tier: { rpm: 5, rpd: 100 } });
    fitting(minute, NOON);
    expect(minute.roomAtMs(NOON + 1_000, 1) - NOON).toBeGreaterThanOrEqual(MINUTE);
    expect(minute.hasRoom(minute.roomAtMs(NOON + 1_000, 1), 1)).toBe(true);
    const day = bucketOf({ tier: { rpd: 2 } });
    fitting(day, NOON);
    expect(day.roomAtMs(NOON, 1)).toBe(MIDNIGHT);
    expect(fitting(day, MIDNIGHT)).toBe(2);
  });

  it.each(['rpm', 'tpm', 'rpd'] as const)('lets nothing pass where the bound of %s is 0', (dimension) => {
    const closed = bucketOf({ own: { [dimension]: 0 } });
    expect([closed.hasRoom(NOON, 0), closed.roomAtMs(NOON, 0)]).toEqual([false, Infinity]);
  });

  it('lets a call that is larger than the limit pass when it is alone', () => {
    const bucket = bucketOf({ tier: { tpm: 1_000 } });
    bucket.reserve(NOON, 1);
    expect(bucket.hasRoom(NOON, 5_000)).toBe(false);
    expect(bucket.hasRoom(NOON + 2 * MINUTE, 5_000)).toBe(true);
  });

  it('believes Google more than the tier, and holds the operator\u2019s own bound beside both', () => {
    const bucket = bucketOf({ tier: { rpm: 10, tpm: 500 }, own: { rpm: 20 } });
    expect(limitsOf(bucket)).toEqual({ rpm: 10, tpm: 500, rpd: Infinity });
    bucket.learn({ rpm: 15, rpd: 50 }, NOON);
    expect(limitsOf(bucket)).toEqual({ rpm: 15, tpm: 500, rpd: 50 });
    bucket.learn({ rpm: 99 }, NOON);
    expect(limitsOf(bucket)).toEqual({ rpm: 20, tpm: 500, rpd: 50 });
    bucket.configure({ own: {}, tier: { tpm: 700 } });
    expect(limitsOf(bucket)).toEqual({ rpm: 99, tpm: 700, rpd: 50 });
  });

  it('believes each learned limit for a day from when it was told last', () => {
    const bucket = bucketOf();
    bucket.learn({ rpm: 5, rpd: 50 }, NOON);
    bucket.learn({ rpd: 60 }, NOON + 20 * HOUR);
    expect(limitsOf(bucket, NOON + 24 * HOUR - 1)).toEqual({ rpm: 5, tpm: Infinity, rpd: 60 });
    expect(fitting(bucket, NOON + 24 * HOUR)).toBe(60);
    expect(bucket.learned).toEqual({ limits: { rpd: 60 }, atMs: NOON + 20 * HOUR });
    expect(limitsOf(bucket, NOON + 44 * HOUR)).toEqual({ rpm: Infinity, tpm: Infinity, rpd: Infinity });
    expect(bucket.learned).toBeUndefined();
  });

  it('puts real usage in the place of the estimate, and gives back what was never counted', () => {
    const bucket = bucketOf({ tier: { rpm: 2, tpm: 1_000, rpd: 2 } });
    const first = bucket.reserve(NOON, 900);
    expect(bucket.hasRoom(NOON, 200)).toBe(false);
    bucket.reconcile(first, 100);
    const second = bucket.reserve(NOON, 900);
    expect(bucket.hasRoom(NOON, 1)).toBe(false);
    bucket.release(second, NOON);
    expect(fitting(bucket, NOON, 900)).toBe(1);
  });

  it('gives nothing back to a day to which the call did not belong', () => {
    const bucket = bucketOf({ tier: { rpd: 3 } });
    const before = bucket.reserve(MIDNIGHT - 1, 1);
    bucket.reserve(MIDNIGHT, 1);
    bucket.release(before, MIDNIGHT);
    expect(fitting(bucket, MIDNIGHT)).toBe(2);
  });

  it('goes on with the count of the day after a restart', () => {
    const bucket = bucketOf({ tier: { rpd: 10 } });
    bucket.restore(8, NOON);
    expect(fitting(bucket, NOON)).toBe(2);
    expect(fitting(bucket, MIDNIGHT)).toBe(10);
  });

  it('tells once what was spent, and again what could not be written', () => {
    let news = 0;
    const bucket = new Bucket('p', 'm', { own: {}, tier: {} }, () => (news += 1));
    bucket.release(bucket.reserve(NOON, 50), NOON);
    bucket.reconcile(bucket.reserve(NOON, 50), 70);
    expect(news).toBe(1);
    const spent = bucket.takeSpent();
    expect(spent).toEqual({ requests: 1, inputTokens: 70 });
    expect(bucket.takeSpent()).toBeUndefined();
    bucket.returnSpent(spent!);
    bucket.reserve(NOON, 5);
    expect(bucket.takeSpent()).toEqual({ requests: 2, inputTokens: 75 });
  });
});

describe('BucketBook', () => {
  const KEYS = [
    { id: 'a', project: 'p', tier: 'paid' },
    { id: 'b', project: 'p', limits: { 'gemini-*': { rpm: 7 } } },
  ];
  const TIERS = { paid: { 'gemini-*-pro': { rpm: 2 }, 'gemini-*': { rpm: 9, rpd: 90 } } };
  const book = (): BucketBook => new BucketBook(configWith(KEYS, { tiers: TIERS }).gemini);

  it('takes the first pattern of a tier that fits, and the bounds of any key of the project', () => {
    expect(limitsOf(book().bucket('p', 'gemini-3-pro', 'metered'))).toEqual({ rpm: 2, tpm: Infinity, rpd: Infinity });
    expect(limitsOf(book().bucket('p', 'gemini-3-flash', 'metered'))).toEqual({ rpm: 7, tpm: Infinity, rpd: 90 });
    expect(limitsOf(book().bucket('p', 'other', 'metered'))).toEqual({ rpm: Infinity, tpm: Infinity, rpd: Infinity });
  });

  it('limits neither reads nor batches, and counts them apart', () => {
    const buckets = book();
    for (const lane of ['free', 'batch'] as const) {
      expect(fitting(buckets.bucket('p', 'gemini-3-pro', lane), NOON)).toBe(1_000);
    }
    expect(fitting(buckets.bucket('p', 'gemini-3-pro', 'metered'), NOON)).toBe(2);
  });

  it('keeps what was used and learned when the configuration changes', () => {
    const buckets = book();
    const bucket = buckets.bucket('p', 'gemini-3-flash', 'metered');
    fitting(bucket, NOON);
    buckets.configure(configWith(KEYS, { tiers: { paid: { 'gemini-*': { rpm: 5 } } } }).gemini);
    expect(buckets.bucket('p', 'gemini-3-flash', 'metered')).toBe(bucket);
    expect(limitsOf(bucket)).toMatchObject({ rpm: 5 });
    expect(bucket.hasRoom(NOON, 1)).toBe(false);
  });

  it('keeps the bucket of a model that is served, whatever names callers invent', () => {
    const buckets = book();
    const real = buckets.bucket('p', 'gemini-3-flash', 'metered');
    buckets.prove(real, 'metered');
    for (let name = 0; name < 3_000; name += 1) buckets.bucket('p', `invented-${name}`, 'metered');
    expect(buckets.bucket('p', 'gemini-3-flash', 'metered')).toBe(real);
    expect([...buckets.metered()].length).toBeLessThanOrEqual(2_001);
  });
});
