import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { keyText, MODEL, ProxyHarness, readUntilCut } from '../support/proxy.harness.js';

const SSE = 'streamGenerateContent?alt=sse';
const ARRAY = 'streamGenerateContent';

describe('a stream', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
  });
  beforeEach(() => {
    proxy.emulator.reset();
  });
  afterAll(() => proxy.stop());

  /** What upstream itself answers to the same call. */
  const direct = async (verb: string): Promise<string> => {
    const response = await fetch(`${proxy.emulator.url}/v1beta/models/${MODEL}:${verb}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': keyText('primary'), 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }),
    });
    return response.text();
  };

  it.each([SSE, ARRAY])('of %s arrives byte for byte', async (verb) => {
    const expected = await direct(verb);
    proxy.emulator.reset();
    const through = await (await proxy.generate(verb)).text();
    expect(through).toBe(expected);
  });

  it('arrives as it is made, not at its end', async () => {
    proxy.emulator.script({}, { kind: 'stall', at: 300 });
    const response = await proxy.generate(SSE);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toMatch(/^data: /);
    await reader?.cancel();
  });

  it('is accounted with the tokens of its last event', async () => {
    await (await proxy.generate(SSE)).text();
    const { details } = (await proxy.auditedCalls()).at(-1) ?? {};
    expect(details).toMatchObject({ status: 200, ended: 'complete', tokens: { output: expect.any(Number) } });
    expect(details?.tokens?.['output']).toBeGreaterThan(0);
  });

  it('that upstream breaks off ends with an error that its clients read, as the last bytes', async () => {
    proxy.emulator.script({}, { kind: 'reset', at: 400 });
    const text = await readUntilCut(await proxy.generate(SSE));
    const tail = text.slice(text.lastIndexOf('\n', text.length - 2) + 1);
    expect(JSON.parse(tail)).toMatchObject({ error: { code: 502, status: 'UNAVAILABLE' } });
    expect((await proxy.auditedCalls()).at(-1)).toMatchObject({ result: 'Failure', details: { ended: 'truncated' } });
  });

  it('of JSON that upstream breaks off does not look whole', async () => {
    proxy.emulator.script({}, { kind: 'reset', at: 400 });
    const text = await readUntilCut(await proxy.generate(ARRAY));
    expect(text).toContain('"status":"UNAVAILABLE"');
  });

  it('with an error of upstream inside hands it on, in a read of its own', async () => {
    proxy.emulator.script({}, { kind: 'stream_error', form: 'tail' });
    const response = await proxy.generate(SSE);
    const reads: string[] = [];
    for await (const chunk of response.body ?? []) reads.push(Buffer.from(chunk as Uint8Array).toString());
    expect(JSON.parse(reads.at(-1) ?? '')).toMatchObject({ error: { code: 503 } });
    expect((await proxy.auditedCalls()).at(-1)).toMatchObject({ details: { status: 200, ended: 'truncated' } });
  });

  it('never shows a key that upstream quotes in a tail', async () => {
    proxy.emulator.script({}, { kind: 'echo_key', where: 'stream_tail' });
    const text = await (await proxy.generate(SSE)).text();
    expect(text).toContain('error');
    expect(text).not.toContain(keyText('primary'));
  });

  it('that is empty is passed on empty', async () => {
    proxy.emulator.script({}, { kind: 'empty' });
    const response = await proxy.generate(SSE);
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});
