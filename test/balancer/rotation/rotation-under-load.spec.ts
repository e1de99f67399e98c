import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyRotation } from '../../../src/balancer/rotation/key-rotation.js';
import { Secret } from '../../../src/kernel/secret.js';
import { keyText, ProxyHarness } from '../../support/proxy.harness.js';

const CALLERS = 4;

/** The keys of generating calls, in order. */
function keysUsed(proxy: ProxyHarness): (string | undefined)[] {
  return proxy.emulator.requests.filter(({ path }) => path.includes('enerateContent')).map(({ key }) => key);
}

describe('calls while a key is rotated', () => {
  let proxy: ProxyHarness;

  beforeEach(async () => {
    proxy = await ProxyHarness.start();
  });

  afterEach(() => proxy.stop());

  const rotate = (name: string): Promise<unknown> =>
    proxy.application.get(KeyRotation).rotate('primary', new Secret(keyText(name)));
  const used = (): (string | undefined)[] => keysUsed(proxy);

  it('are all served, and by the new secret from the switch on', async () => {
    const statuses: number[] = [];
    let isOver = false;
    const caller = async (): Promise<void> => {
      while (!isOver) {
        const response = await proxy.generate();
        await response.arrayBuffer();
        statuses.push(response.status);
      }
    };
    const callers = Array.from({ length: CALLERS }, caller);
    await proxy.emulator.waitFor(({ path }) => path.includes(':generateContent'));
    await rotate('new');
    const before = statuses.length;
    while (statuses.length < before + 10 * CALLERS) await proxy.generate();
    isOver = true;
    await Promise.all(callers);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(new Set(used())).toEqual(new Set([keyText('primary'), keyText('new')]));
    expect(new Set(used().slice(-5 * CALLERS))).toEqual(new Set([keyText('new')]));
  });

  it('a stream that began with the old secret ends well', async () => {
    proxy.emulator.script({ path: ':streamGenerateContent' }, { kind: 'shape', chunks: 5, chunk_delay_ms: 20 });
    const response = await proxy.generate('streamGenerateContent?alt=sse');
    await rotate('new');
    const text = await response.text();
    expect(used()).toEqual([keyText('primary')]);
    expect(response.status).toBe(200);
    expect(text).toContain('"finishReason":"STOP"');
  });

  it('the rotated secret is used after a restart', async () => {
    await rotate('new');
    await proxy.restart();
    expect((await proxy.generate()).status).toBe(200);
    expect(used()).toEqual([keyText('new')]);
  });

  it('no secret stands in the audit log', async () => {
    await rotate('new');
    const audit = await proxy.auditText();
    expect(audit).toContain('"action":"key rotated"');
    expect(audit).not.toContain(keyText('primary'));
    expect(audit).not.toContain(keyText('new'));
  });
});

describe('calls while a key is dead', () => {
  it('are served by the standby key, the very first one too', async () => {
    const api_keys = ['primary', 'reserve'].map((id) => ({ id, key: keyText(id), standby: id === 'reserve' }));
    const proxy = await ProxyHarness.start({ config: { gemini: { api_keys } } });
    try {
      expect((await proxy.generate()).status).toBe(200);
      proxy.emulator.setKeyState(keyText('primary'), 'leaked');
      expect((await proxy.generate()).status).toBe(200);
      expect((await proxy.generate()).status).toBe(200);
      expect(keysUsed(proxy)).toEqual(['primary', 'primary', 'reserve', 'reserve'].map(keyText));
    } finally {
      await proxy.stop();
    }
  });
});
