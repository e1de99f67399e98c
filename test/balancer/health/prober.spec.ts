import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyProbe } from '../../../src/balancer/health/key-probe.js';
import { Prober } from '../../../src/balancer/health/prober.js';
import { UpstreamClient } from '../../../src/egress/upstream-client.js';
import { Emulator } from '../../../src/emulator/emulator.js';
import type { Verdict } from '../../../src/kernel/gemini/verdict.js';
import { keyText } from '../../support/proxy.harness.js';
import { BalancerHarness, configWith } from '../balancer.harness.js';

const MINUTE = 60_000;
const DEAD: Verdict = { scope: 'key', reason: 'API_KEY_INVALID' };

describe('Prober', () => {
  let emulator: Emulator;
  let harness: BalancerHarness;
  let upstream: UpstreamClient;
  let prober: Prober;

  beforeEach(async () => {
    emulator = await Emulator.start({ scenario: { keys: [{ id: 'a', key: keyText('a') }] } });
    harness = new BalancerHarness([{ id: 'a' }], { base_url: emulator.url });
    upstream = new UpstreamClient(harness.store);
    const probe = new KeyProbe(harness.store, upstream, harness.clock);
    prober = new Prober(harness.balancer, harness.health, probe, harness.clock);
    prober.onModuleInit();
  });

  afterEach(async () => {
    prober.onModuleDestroy();
    await upstream.onApplicationShutdown();
    await emulator.stop();
  });

  /** Lets a minute, or more, pass and waits for what the probe says. */
  const afterProbe = async (minutes: number): Promise<void> => {
    const heard = new Promise<void>((resolve) => {
      const stop = harness.health.onChange(() => {
        stop();
        resolve();
      });
    });
    harness.clock.advance(minutes * MINUTE);
    await heard;
  };

  it('brings a key back by itself, without a paid token', async () => {
    harness.hear('a', DEAD);
    expect(harness.picks(1)).toEqual(['none']);
    await afterProbe(1);
    expect(harness.picks(1)).toEqual(['a']);
    expect(emulator.requests.map(({ path }) => path.replace(/.*[:/]/, ''))).toEqual([
      'models?pageSize=50',
      'countTokens',
    ]);
    expect(harness.events.map(({ action }) => action)).toEqual(['key rests', 'key returns']);
  });

  it('probes a key that stays dead at growing intervals', async () => {
    emulator.setKeyState('a', 'invalid');
    harness.hear('a', DEAD);
    for (const [index, minutes] of [1, 2, 4, 8].entries()) {
      await afterProbe(minutes);
      expect(emulator.requests).toHaveLength(index + 1);
      expect(harness.picks(1)).toEqual(['none']);
    }
    emulator.setKeyState('a', 'ok');
    await afterProbe(16);
    expect(harness.picks(1)).toEqual(['a']);
  });

  it('asks again after a minute when upstream cannot be reached', async () => {
    emulator.script({ path: '/models' }, { kind: 'reset', at: 'arrival' }, { times: 1 });
    harness.hear('a', DEAD);
    await afterProbe(1);
    expect(harness.picks(1)).toEqual(['none']);
    await afterProbe(1);
    expect(harness.picks(1)).toEqual(['a']);
  });

  it('probes what rested before a restart as soon as it is due', async () => {
    const coolDown = { kind: 'quarantine', reason: 'x', trips: 2, untilMs: harness.clock.now() - 1 } as const;
    harness.health.restore('project:a', coolDown);
    await afterProbe(0);
    expect(harness.picks(1)).toEqual(['a']);
    harness.hear('a', { scope: 'project', reason: 'x' });
    expect(harness.health.coolDowns.scope('project:a').coolDown?.trips).toBe(3);
  });

  it('comes back to a key that was out of use when its probe was due', async () => {
    harness.hear('a', DEAD);
    const gemini = { base_url: emulator.url };
    harness.store.replace(configWith([{ id: 'a', enabled: false }], gemini));
    await afterProbe(1);
    expect(emulator.requests).toHaveLength(0);
    harness.store.replace(configWith([{ id: 'a' }], gemini));
    await afterProbe(1);
    expect(harness.picks(1)).toEqual(['a']);
  });

  it('forgets the rest of a key that is not configured any more', async () => {
    harness.hear('a', DEAD);
    harness.store.replace(configWith([{ id: 'b' }], { base_url: emulator.url }));
    await afterProbe(1);
    expect(harness.health.coolDowns.scope('key:a').coolDown).toBeUndefined();
    expect(harness.events.at(-1)?.details).toMatchObject({
      scope: 'key:a',
      by: 'configuration',
      reason: 'API_KEY_INVALID',
    });
  });

  it('probes a key at once at an operator’s word', async () => {
    harness.hear('a', DEAD);
    const [key] = harness.balancer.ring.keys;
    if (!key) throw new Error('there is a key');
    await expect(prober.probeKey(key)).resolves.toEqual({ kind: 'well' });
    expect(harness.picks(1)).toEqual(['a']);
  });
});
