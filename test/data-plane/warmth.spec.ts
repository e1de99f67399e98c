import { afterEach, describe, expect, it } from '@jest/globals';
import { keyText, MODEL, ProxyHarness } from '../support/proxy.harness.js';

const IDS = ['a', 'b', 'c', 'd'];
/** Not a multiple of the keys: turns would meet the same key by chance. */
const CONVERSATIONS = 7;
const TURNS = 4;

/** A turn of a conversation: what was said before, and a little more. */
const turn = (conversation: number, turns: number): string => {
  const opening = `Conversation ${conversation}. ${'A long document that stays the same. '.repeat(500)}`;
  const later = Array.from({ length: turns }, (_, index) => ({ role: 'user', parts: [{ text: `question ${index}` }] }));
  return JSON.stringify({ contents: [{ role: 'user', parts: [{ text: opening }] }, ...later] });
};

describe('calls with a prompt worth caching', () => {
  let proxy: ProxyHarness;
  afterEach(() => proxy.stop());

  const converse = async (prefix: boolean): Promise<number> => {
    const keys = IDS.map((id) => ({ id, key: keyText(id) }));
    proxy = await ProxyHarness.start({
      keys: IDS,
      scenario: { keys },
      config: { gemini: { affinity: { prefix }, api_keys: keys } },
    });
    let [input, cached] = [0, 0];
    for (let turns = 0; turns < TURNS; turns += 1) {
      for (let conversation = 0; conversation < CONVERSATIONS; conversation += 1) {
        const body = turn(conversation, turns);
        const answer = await proxy.fetch(`/v1beta/models/${MODEL}:generateContent`, { method: 'POST', body });
        const { usageMetadata: usage } = (await answer.json()) as { usageMetadata: Record<string, number> };
        input += usage['promptTokenCount'] ?? 0;
        cached += usage['cachedContentTokenCount'] ?? 0;
      }
    }
    return cached / input;
  };

  it('stay on the project that has the prompt cached, which is told in cached tokens', async () => {
    expect(await converse(true)).toBeGreaterThan(0.6);
    const metrics = await proxy.metrics();
    expect(metrics).toContain(`gemini_proxy_affinity_total{placed="new"} ${CONVERSATIONS}`);
    expect(metrics).toContain(`gemini_proxy_affinity_total{placed="kept"} ${CONVERSATIONS * (TURNS - 1)}`);
    expect(metrics).toMatch(/gemini_proxy_affinity_tokens_total\{placed="kept",kind="cached"\} [1-9]/);
  });

  it('are spread like all others where the operator wants it so', async () => {
    expect(await converse(false)).toBeLessThan(0.2);
    expect(await proxy.metrics()).not.toContain('gemini_proxy_affinity_total{');
  });

  it('move to another project when their own cannot serve', async () => {
    await converse(true);
    const project = proxy.emulator.requests.at(-1)?.key;
    const id = IDS.find((other) => keyText(other) === project) ?? '';
    proxy.emulator.setKeyState(id, 'suspended');
    const answer = await proxy.fetch(`/v1beta/models/${MODEL}:generateContent`, {
      method: 'POST',
      body: turn(CONVERSATIONS - 1, TURNS),
    });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
    expect(await proxy.metrics()).toContain('gemini_proxy_affinity_total{placed="moved"} 1');
  });
});
