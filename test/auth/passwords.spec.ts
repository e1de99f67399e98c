import { describe, expect, it } from '@jest/globals';
import { hashPassword, isPassword, parsePasswordHash, toPasswordHash } from '../../src/auth/passwords.js';

describe('passwords', () => {
  it('knows a password by the hash text that may stand in the configuration', async () => {
    const text = await hashPassword('correct horse');
    const parsed = parsePasswordHash(text);

    expect(text).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(parsed && (await isPassword('correct horse', parsed))).toBe(true);
    expect(parsed && (await isPassword('correct horsf', parsed))).toBe(false);
  });

  it('gives the same password another hash each time', async () => {
    const [first, second] = await Promise.all([toPasswordHash('same'), toPasswordHash('same')]);

    expect(first.hash.equals(second.hash)).toBe(false);
  });

  it('reads the hash of RFC 7914, section 12, third vector, whatever its base64 alphabet', async () => {
    const hash = Buffer.from(
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
      'hex',
    );
    const salt = Buffer.from('SodiumChloride');
    const texts = (['base64', 'base64url'] as const).map(
      (alphabet) => `scrypt$16384$8$1$${salt.toString(alphabet)}$${hash.toString(alphabet)}`,
    );

    for (const text of texts) {
      const parsed = parsePasswordHash(text);
      expect(parsed && (await isPassword('pleaseletmein', parsed))).toBe(true);
    }
  });

  it('knows a password in whatever Unicode form a keyboard sends it', async () => {
    const expected = await toPasswordHash('caf\u00e9');

    expect(await isPassword('cafe\u0301', expected)).toBe(true);
  });

  it.each(['hunter2', 'scrypt', 'scrypt$1$2', 'bcrypt$16384$8$1$aaaa$bbbb'])('takes %p as a plain password', (text) => {
    expect(parsePasswordHash(text)).toBeUndefined();
  });
});
