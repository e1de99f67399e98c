import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { keyText, ProxyHarness } from '../support/proxy.harness.js';
import { LIVE_MODEL, LiveCaller } from './live.fixtures.js';

const FLASH_LIVE = 'gemini-3.1-flash-live-preview';

describe('the model and the project of a Live session', () => {
  let proxy: ProxyHarness;
  const callers: LiveCaller[] = [];
  beforeAll(async () => {
    const gemini = { aliases: { voice: LIVE_MODEL }, fallbacks: { [FLASH_LIVE]: [LIVE_MODEL] } };
    proxy = await ProxyHarness.start({ keys: ['a', 'b'], config: { gemini } });
  });
  beforeEach(() => {
    proxy.emulator.reset();
  });
  afterEach(() => {
    for (const caller of callers.splice(0)) caller.drop();
  });
  afterAll(() => proxy.stop());

  const open = async (model: string): Promise<LiveCaller> => {
    const caller = LiveCaller.withToken(proxy);
    callers.push(caller);
    return caller.open({ model });
  };
  const modelsAsked = (): string[] =>
    proxy.emulator.requests.map(({ body }) => /"model":"(?:models\/)?([^"]+)"/.exec(body ?? '')?.[1] ?? '');

  it('is what an alias stands for, and audit tells both names', async () => {
    const caller = await open('models/voice');
    await caller.turn();
    expect(modelsAsked()).toEqual([LIVE_MODEL]);
    await caller.leave();
    for (;;) {
      const line = (await proxy.auditedCalls()).at(-1);
      if (line?.details.model === undefined) continue;
      expect(line.details).toMatchObject({ model: 'voice', served_model: LIVE_MODEL });
      return;
    }
  });

  it('is another project when the first is out of quota', async () => {
    const reason = 'RESOURCE_EXHAUSTED: Maximum concurrent sessions exceeded.';
    proxy.emulator.script({ key: keyText('a') }, { kind: 'close', code: 1011, reason, at: 'setup' });
    for (let round = 0; round < 3; round += 1) await (await open(LIVE_MODEL)).turn();
    const projects = proxy.emulator.requests.map(({ project }) => project);
    // The first that refuses rests: it is not asked again.
    expect(projects.filter((project) => project === keyText('a')).length).toBeLessThanOrEqual(1);
    expect(projects.filter((project) => project === keyText('b'))).toHaveLength(3);
  });

  it('is the fallback while the model is overloaded', async () => {
    const reason = 'This model is currently experiencing high demand.';
    proxy.emulator.script({ model: FLASH_LIVE }, { kind: 'close', code: 1011, reason, at: 'setup' });
    await (await open(FLASH_LIVE)).turn();
    expect(modelsAsked().at(-1)).toBe(LIVE_MODEL);
    expect(new Set(modelsAsked())).toEqual(new Set([FLASH_LIVE, LIVE_MODEL]));
  });
});
