import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/kernel/secret.js';
import { handlesSent, withHandlesReplaced, withValues } from '../../src/proxy/live/handle-fields.js';
import { type Resumable, SessionHandles } from '../../src/proxy/live/session-handles.js';
import { MasterKey } from '../../src/vault/master-key.js';
import { Vault } from '../../src/vault/vault.js';
import { ManualClock } from '../support/manual-clock.js';

const HOUR_MS = 3_600_000;
const SESSION: Resumable = { client: 'alice', project: 'p', model: 'm', handle: 'of-google' };
const vaultOf = (key: string): Vault => new Vault(MasterKey.parse(new Secret(key.repeat(32))));

describe('the handle of a session', () => {
  const clock = new ManualClock();
  const handles = new SessionHandles(vaultOf('k'), clock);

  it('leads back to its session, and shows nothing of it', () => {
    const handle = handles.seal(SESSION);
    expect(handles.open(handle)).toMatchObject(SESSION);
    expect(handle).toMatch(/^proxied\.[\w-]+$/);
    expect(Buffer.from(handle, 'base64url').toString('latin1')).not.toContain('of-google');
  });

  it('has room for a long one of Google, and grows by little more than a third', () => {
    const long = 'h'.repeat(100_000);
    const handle = handles.seal({ ...SESSION, handle: long });
    expect(handles.open(handle)?.handle).toBe(long);
    expect(handle.length).toBeLessThan(1.34 * long.length + 1_000);
  });

  it('opens for two hours, and with the same master key alone', () => {
    const handle = handles.seal(SESSION);
    clock.advance(2 * HOUR_MS - 1);
    expect(handles.open(handle)).toBeDefined();
    expect(new SessionHandles(vaultOf('j'), clock).open(handle)).toBeUndefined();
    clock.advance(1);
    expect(handles.open(handle)).toBeUndefined();
  });

  it.each(['', 'of-google', 'proxied.', 'proxied.AQ', `proxied.${vaultOf('k').seal('upload-session', '{}')}`])(
    'is not %j',
    (text) => {
      expect(handles.open(text)).toBeUndefined();
    },
  );
});

describe('a frame that tells a handle', () => {
  const frame = (text: string, isBinary = false) => ({ data: Buffer.from(text), isBinary });
  const replaced = (text: string): string =>
    withHandlesReplaced(frame(text), (handle) => `<${handle}>`).data.toString();

  it.each([
    ['{"sessionResumptionUpdate":{"newHandle":"h","resumable":true}}', '<h>'],
    ['{ "session_resumption_update" : { "new_handle" :\n"h" } }', '<h>'],
    ['{"usageMetadata":{},"sessionResumptionUpdate":{"resumable":true,"newHandle":"é\\"h\\u00e9"}}', '<é\\"hé>'],
  ])('has another one in its place, and is the same beside: %s', (text, handle) => {
    const [before, after] = text.split(/"(?:é.*é?|h|é\\"h\\u00e9)"(?=\}|,| \}| )/);
    expect(replaced(text)).toBe(`${before}"${handle}"${after}`);
  });

  it.each([
    ['an answer', '{"serverContent":{"modelTurn":{"parts":[{"text":"hello"}]}}}'],
    [
      'an answer that speaks of handles',
      '{"serverContent":{"modelTurn":{"parts":[{"text":"\\"newHandle\\": \\"x\\""}]}}}',
    ],
    ['a call of a function', '{"toolCall":{"functionCalls":[{"args":{"newHandle":"x"}}]}}'],
    [
      'a call of a function with the same names',
      '{"toolCall":{"functionCalls":[{"args":{"sessionResumptionUpdate":{"newHandle":"x"}}}]}}',
    ],
    ['an empty one', '{"sessionResumptionUpdate":{"newHandle":"","resumable":false}}'],
    ['no JSON', 'newHandle'],
  ])('is not %s', (_what, text) => {
    const given = frame(text, true);
    expect(withHandlesReplaced(given, () => 'never')).toBe(given);
  });

  it('stays binary', () => {
    const given = frame('{"sessionResumptionUpdate":{"newHandle":"h"}}', true);
    expect(withHandlesReplaced(given, () => 'x')).toEqual(frame('{"sessionResumptionUpdate":{"newHandle":"x"}}', true));
  });
});

describe('a setup that sends a handle', () => {
  const sent = (text: string) => handlesSent({ data: Buffer.from(text), isBinary: false }).map(({ handle }) => handle);

  it.each([
    ['{"setup":{"sessionResumption":{"handle":"h"}}}', ['h']],
    ['{"setup":{"model":"m","session_resumption":{"transparent":true,"handle":"h"}}}', ['h']],
    ['{"setup":{"sessionResumption":{"handle":""}}}', ['']],
    ['{"setup":{"sessionResumption":{"handle":"h"},"sessionResumption":{"handle":"i"}}}', ['h', 'i']],
    ['{"setup":{"sessionResumption":{"h\\u0061ndle":"h"}}}', ['h']],
    ['{"setup":{"sessionResumption":{}}}', []],
    ['{"setup":{"tools":[{"handle":"h","sessionResumption":{"handle":"h"}}]}}', []],
    ['{"clientContent":{"sessionResumption":{"handle":"h"}}}', []],
  ])('%s: %j', (text, handles) => {
    expect(sent(text)).toEqual(handles);
  });

  it('can be given another one', () => {
    const frame = { data: Buffer.from('{"setup":{"sessionResumption":{"handle":"long"}, "x": 1}}'), isBinary: false };
    const [{ start, end } = { start: 0, end: 0 }] = handlesSent(frame);
    expect(withValues(frame, [{ start, end, value: '' }]).data.toString()).toBe(
      '{"setup":{"sessionResumption":{"handle":""}, "x": 1}}',
    );
  });
});
