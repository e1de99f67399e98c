import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN_PASSWORD, JWT_SECRET, keyText, ProxyHarness } from '../support/proxy.harness.js';

const PROMPT = 'MARKER-PROMPT-4711';

/** Plants secrets and prompts in every call, lets upstream echo keys everywhere, and looks through all that is kept. */
describe('secrets', () => {
  let proxy: ProxyHarness;
  const answers: string[] = [];
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: ['a', 'b'] });
    const keep = async (response: Response): Promise<void> => {
      answers.push(JSON.stringify([...response.headers]), await response.text().catch(String));
    };
    for (const where of ['body', 'header', 'stream_tail'] as const) {
      proxy.emulator.script({}, { kind: 'echo_key', where }, { times: 1 });
      await keep(await proxy.generate(where === 'stream_tail' ? 'streamGenerateContent?alt=sse' : undefined, PROMPT));
      proxy.emulator.script.clear();
    }
    for (const state of ['suspended', 'leaked', 'invalid'] as const) {
      proxy.emulator.setKeyState(keyText('a'), state);
      proxy.emulator.setKeyState(keyText('b'), state);
      await keep(await proxy.generate(undefined, PROMPT));
    }
    await keep(await fetch(`${proxy.url}/v1beta/models?key=${proxy.token}&key=other`));
    await keep(
      await fetch(`${proxy.controlUrl}/auth/login`, { method: 'POST', body: `{"password":"${ADMIN_PASSWORD}"}` }),
    );
    answers.pop();
  });
  afterAll(() => proxy.stop());

  it.each([
    ['an upstream key', keyText('a')],
    ['another upstream key', keyText('b')],
    ['the JWT secret', JWT_SECRET],
  ])('%s reaches no caller', (_what, secret) => {
    expect(answers.join('\n')).not.toContain(secret);
  });

  it.each([
    ['an upstream key', () => keyText('a')],
    ['a client token', () => proxy.token],
    ['the admin password', () => ADMIN_PASSWORD],
    ['the JWT secret', () => JWT_SECRET],
    ['a prompt', () => PROMPT],
  ])('%s reaches neither audit nor metrics', async (_what, secret) => {
    const kept = (await proxy.auditText()) + (await proxy.metrics());
    expect(kept.length).toBeGreaterThan(1000);
    expect(kept).not.toContain(secret());
  });
});
