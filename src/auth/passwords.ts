import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** A password as it is kept: what scrypt (RFC 7914) made of it, and how. */
export interface PasswordHash {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

// OWASP's recommendation with 32 MiB of memory.
const COST = 2 ** 15;
const BLOCK_SIZE = 8;
const PARALLELIZATION = 3;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MEMORY_MAX_BYTES = 256 * 1024 ** 2;

const FORMAT = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w+/=-]+)\$([\w+/=-]+)$/;

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url; may stand in the configuration instead of the password. */
export async function hashPassword(password: string): Promise<string> {
  const { cost, blockSize, parallelization, salt, hash } = await toPasswordHash(password);
  return ['scrypt', cost, blockSize, parallelization, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Reads `scrypt$N$r$p$salt$hash`; undefined when the text is not of that form, so is a plain password. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const match = FORMAT.exec(text);
  if (match === null) return undefined;
  const [, cost = '', blockSize = '', parallelization = '', salt = '', hash = ''] = match;
  return {
    cost: Number(cost),
    blockSize: Number(blockSize),
    parallelization: Number(parallelization),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

/** Hashes a plain password with a fresh salt. */
export async function toPasswordHash(password: string): Promise<PasswordHash> {
  const parameters = {
    cost: COST,
    blockSize: BLOCK_SIZE,
    parallelization: PARALLELIZATION,
    salt: randomBytes(SALT_BYTES),
  };
  return { ...parameters, hash: await derive(password, parameters, HASH_BYTES) };
}

/** Whether the password makes the hash; the comparison takes the same time wherever they differ. */
export async function isPassword(password: string, expected: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, expected, expected.hash.length), expected.hash);
}

function derive(password: string, parameters: Omit<PasswordHash, 'hash'>, bytes: number): Promise<Buffer> {
  const { cost, blockSize, parallelization, salt } = parameters;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const options = { cost, blockSize, parallelization, maxmem: MEMORY_MAX_BYTES };
  scrypt(password.normalize('NFKC'), salt, bytes, options, (error, key) => {
    if (error) reject(error);
    else resolve(key);
  });
  return promise;
}
