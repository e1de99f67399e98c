import { describe, expect, it } from '@jest/globals';
import { ProxyHarness, readUntilCut } from '../support/proxy.harness.js';

describe('a graceful stop', () => {
  it('lets a stream finish, tells readiness first, and takes no new connection', async () => {
    const proxy = await ProxyHarness.start({ config: { server: { drain_delay: '50ms' } } });
    proxy.emulator.script({}, { kind: 'shape', chunks: 10, chunk_delay_ms: 40 });
    const response = await proxy.generate('streamGenerateContent?alt=sse');
    const reader = response.body?.getReader();
    await reader?.read();
    const stopped = proxy.application.stop();
    const ready = await fetch(`${proxy.controlUrl}/health/ready`);
    expect(ready.status).toBe(503);
    await ready.arrayBuffer();
    let rest = '';
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      rest += Buffer.from(part.value as Uint8Array).toString();
    }
    expect(rest).toContain('"finishReason":"STOP"');
    await stopped;
    await expect(fetch(`${proxy.url}/v1beta/models`)).rejects.toThrow();
    await proxy.stop();
  });

  it('asks clients to move on while it still serves', async () => {
    const proxy = await ProxyHarness.start({ config: { server: { drain_delay: '300ms' } } });
    const stopped = proxy.application.stop();
    const response = await proxy.generate();
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    await response.arrayBuffer();
    await stopped;
    await proxy.stop();
  });

  it('cuts what is left after the drain time, and says so in the stream', async () => {
    const proxy = await ProxyHarness.start({ config: { server: { drain_timeout: '100ms' } } });
    proxy.emulator.script({}, { kind: 'stall', at: 300 });
    const response = await proxy.generate('streamGenerateContent?alt=sse');
    const stopped = proxy.application.stop();
    expect(await readUntilCut(response)).toContain('This replica is stopping');
    await stopped;
    await proxy.stop();
  });
});
