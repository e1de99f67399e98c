import { describe, expect, it } from '@jest/globals';
import { TokenEstimator } from '../../../src/balancer/quota/token-estimator.js';
import { seeded } from '../simulation/random.js';

const MODEL = 'gemini-3.8-flash';
const sized = (textBytes: number, mediaTokens = 0) => ({ textBytes, mediaTokens });

describe('TokenEstimator', () => {
  it('guesses from the size before anything is known, and never more than a token a byte', () => {
    const estimator = new TokenEstimator();
    expect(estimator.estimate(MODEL, sized(1_000, 1_120))).toBe(350 + 1_120);
    expect(estimator.estimate(MODEL, sized(0, 0))).toBe(0);
    for (let call = 0; call < 50; call += 1) estimator.learn(MODEL, sized(1_000), 5_000);
    expect(estimator.estimate(MODEL, sized(1_000))).toBe(1_000);
  });

  it('learns what upstream counts, by model', () => {
    const estimator = new TokenEstimator();
    for (let call = 0; call < 50; call += 1) estimator.learn(MODEL, sized(1_000), 500);
    expect(estimator.estimate(MODEL, sized(1_000))).toBeGreaterThanOrEqual(500);
    expect(estimator.estimate(MODEL, sized(1_000))).toBeLessThan(510);
    expect(estimator.estimate('another', sized(1_000))).toBe(350);
  });

  it('is seldom below what upstream counts, however much texts differ', () => {
    const estimator = new TokenEstimator();
    const random = seeded(1);
    let below = 0;
    for (let call = 0; call < 2_000; call += 1) {
      const tokens = Math.round(1_000 * (0.2 + 0.1 * random()));
      if (call >= 100 && estimator.estimate(MODEL, sized(1_000)) < tokens) below += 1;
      estimator.learn(MODEL, sized(1_000), tokens);
    }
    expect(below / 1_900).toBeLessThan(0.08);
  });

  it('learns nothing from media or from the shortest bodies', () => {
    const estimator = new TokenEstimator();
    estimator.learn(MODEL, sized(1_000, 1_120), 1_900);
    estimator.learn(MODEL, sized(100), 100);
    expect(estimator.estimate(MODEL, sized(1_000))).toBe(350);
  });

  it('forgets the model that it met first when there are too many', () => {
    const estimator = new TokenEstimator();
    for (let model = 0; model < 501; model += 1) estimator.learn(`m${model}`, sized(1_000), 1_000);
    expect(estimator.estimate('m0', sized(1_000))).toBe(350);
    expect(estimator.estimate('m1', sized(1_000))).toBeGreaterThan(350);
  });
});
