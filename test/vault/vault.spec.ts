import { describe, expect, it } from '@jest/globals';
import { createHmac, hkdfSync } from 'node:crypto';
import { inspect } from 'node:util';
import { Secret } from '../../src/kernel/secret.js';
import { openEnvelope } from '../../src/vault/envelope.js';
import { MasterKey } from '../../src/vault/master-key.js';
import { Vault } from '../../src/vault/vault.js';

const BYTES = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const vaultOf = (text: string) => new Vault(MasterKey.parse(new Secret(text)));
const vault = vaultOf(BYTES.toString('base64'));

describe('the vault', () => {
  it.each([
    ['nothing', ''],
    ['ASCII', 'AIzaSy-key'],
    ['any text', 'ключ 🔑 \0 \u2028'],
    ['a mebibyte', 'x'.repeat(1024 ** 2)],
  ])('opens what it sealed: %s', (_what, text) => {
    expect(vault.open('signing-key', vault.seal('signing-key', text))).toBe(text);
  });

  it('is the same in every replica with the same master key, and in no other', () => {
    const sealed = vault.seal('p', 'text');
    expect(vaultOf(BYTES.toString('hex')).open('p', sealed)).toBe('text');
    expect(vaultOf(Buffer.alloc(32, 7).toString('base64')).open('p', sealed)).toBeUndefined();
  });

  it('opens for the purpose it sealed for and no other', () => {
    const sealed = vault.seal('upload', 'text');
    expect(vault.open('download', sealed)).toBeUndefined();
    expect(vault.open('upload ', sealed)).toBeUndefined();
    expect(vault.open('', sealed)).toBeUndefined();
  });

  it('makes text for URLs whose length follows from the text, and which begins with the version', () => {
    for (const length of [0, 1, 2, 3, 100]) {
      const sealed = vault.seal('p', 'x'.repeat(length));
      expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
      const bytes = Buffer.from(sealed, 'base64url');
      expect(bytes).toHaveLength(1 + 12 + length + 16);
      expect(bytes[0]).toBe(1);
    }
  });

  it('never uses a nonce twice', () => {
    const nonces = Array.from({ length: 5_000 }, () =>
      Buffer.from(vault.seal('p', 'same'), 'base64url').subarray(1, 13).toString('hex'),
    );
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it('does not open with any bit changed', () => {
    const bytes = Buffer.from(vault.seal('p', 'text'), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      expect(vault.open('p', altered.toString('base64url'))).toBeUndefined();
    }
  });

  it('does not open with any character changed, though some spell the same bytes', () => {
    const sealed = vault.seal('p', 'text');
    for (let index = 0; index < sealed.length; index += 1) {
      for (const other of 'AQgw_') {
        const altered = sealed.slice(0, index) + other + sealed.slice(index + 1);
        if (altered !== sealed) expect(vault.open('p', altered)).toBeUndefined();
      }
    }
  });

  it.each([
    ['nothing', ''],
    ['one byte', 'AQ'],
    ['a header without a tag', Buffer.concat([Buffer.of(1), Buffer.alloc(27)]).toString('base64url')],
    ['an empty envelope', Buffer.concat([Buffer.of(1), Buffer.alloc(28)]).toString('base64url')],
    ['what is not base64url', '!!!'],
    ['what is base64', '+/+/'.repeat(20)],
  ])('does not open %s', (_what, text) => {
    expect(vault.open('p', text)).toBeUndefined();
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, -1)],
    ['lengthened', (text: string) => `${text}A`],
    ['padded', (text: string) => `${text}=`],
    ['with a line end', (text: string) => `${text}\n`],
  ])('does not open a text %s', (_what, change) => {
    expect(vault.open('p', change(vault.seal('p', 'text!')))).toBeUndefined();
  });
});

describe('a subkey', () => {
  it('is HKDF-SHA256 of the master key with a documented info, so that it can be checked offline', () => {
    const expected = Buffer.from(hkdfSync('sha256', BYTES, '', 'gemini-proxy:1:subkey:audit-chain', 32));
    expect(vault.subkey('audit-chain')).toEqual(expected);
    // RFC 5869 by hand: extract with an empty salt, then one block of expand.
    const extracted = createHmac('sha256', Buffer.alloc(32)).update(BYTES).digest();
    const block = createHmac('sha256', extracted).update('gemini-proxy:1:subkey:audit-chain').update(Buffer.of(1));
    expect(vault.subkey('audit-chain')).toEqual(block.digest());
  });

  it('differs by purpose, and stays as it is when somebody overwrites the bytes', () => {
    const first = vault.subkey('a');
    const before = Buffer.from(first);
    expect(first).not.toEqual(vault.subkey('b'));
    first.fill(0);
    expect(vault.subkey('a')).toEqual(before);
  });

  it('opens nothing that was sealed for its purpose', () => {
    const sealed = vault.seal('a', 'text');
    const sealingKey = Buffer.from(hkdfSync('sha256', BYTES, '', 'gemini-proxy:1:seal:a', 32));
    expect(openEnvelope(vault.subkey('a'), 'a', sealed)).toBeUndefined();
    expect(openEnvelope(sealingKey, 'a', sealed)).toBe('text');
  });

  it('is not printed with the vault that derived it', () => {
    const shown = vault.subkey('a').toString('hex').slice(0, 8).match(/../g)!;
    const printed = `${JSON.stringify(vault)} ${inspect(vault, { depth: 9, showHidden: true })}`;
    expect(printed).not.toContain(shown.join(' '));
    expect(printed).not.toContain(shown.map((hex) => Number.parseInt(hex, 16)).join(','));
  });
});
