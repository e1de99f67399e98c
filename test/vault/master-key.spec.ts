import { describe, expect, it } from '@jest/globals';
import { randomBytes, scryptSync } from 'node:crypto';
import { inspect } from 'node:util';
import { Secret } from '../../src/kernel/secret.js';
import { MasterKey } from '../../src/vault/master-key.js';

const derive = (text: string) => MasterKey.parse(new Secret(text)).derive('use').toString('hex');

describe('the master key', () => {
  // Bytes whose base64 differs from their base64url.
  const bytes = Buffer.from('fbefbefbefbefbefbefbefbefbefbefbefbefbefbefbefbefbefbefbefbefbff', 'hex');

  it('is the same in hex, base64 and base64url, with or without padding and line end', () => {
    const texts = [
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      bytes.toString('base64'),
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
      `${bytes.toString('base64')}\n`,
    ];
    expect(bytes.toString('base64')).not.toBe(bytes.toString('base64url'));
    expect(new Set(texts.map(derive)).size).toBe(1);
  });

  it('counts in full when it is longer than 32 bytes', () => {
    const long = Buffer.concat([bytes, Buffer.of(1)]);
    expect(derive(long.toString('base64'))).not.toBe(derive(bytes.toString('base64')));
  });

  it.each([
    ['32 characters', 'correct horse battery staple, ok'],
    ['hex that is too short for a key', 'ab'.repeat(20)],
    ['base64 that is too short for a key', 'A'.repeat(40)],
    ['hex of odd length with a stray letter', `${'ab'.repeat(32)}?`],
  ])('is stretched with scrypt from a passphrase: %s', (_what, text) => {
    const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 ** 2 };
    const stretched = scryptSync(text, 'gemini-proxy master key 1', 32, cost);
    expect(derive(text)).toBe(derive(stretched.toString('hex')));
  });

  it('is the same however a keyboard composes an accent', () => {
    const text = 'é'.repeat(32);
    expect(derive(text.normalize('NFD'))).toBe(derive(text.normalize('NFC')));
  });

  it.each(['', 'short', 'x'.repeat(31), `${'x'.repeat(31)}   `])('is refused when it is too short: %j', (text) => {
    expect(() => MasterKey.parse(new Secret(text))).toThrow(/openssl rand -base64 32/);
  });

  it('is not in the message of a refusal, nor in what is printed of it', () => {
    const short = 'hunter2-hunter2';
    expect(() => MasterKey.parse(new Secret(short))).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(short) }),
    );
    const text = randomBytes(32).toString('base64');
    const key = MasterKey.parse(new Secret(text));
    const printed = `${JSON.stringify(key)} ${inspect(key, { depth: 9, showHidden: true })}`;
    const raw = Buffer.from(text, 'base64');
    expect(printed).not.toContain(text);
    expect(printed).not.toContain(raw.toString('hex').slice(0, 8));
    expect(printed).not.toContain(raw.toString('hex').slice(0, 4).replace(/(..)/g, '$1 ').trim());
    expect(printed).not.toContain([...raw.subarray(0, 4)].join(','));
  });
});
