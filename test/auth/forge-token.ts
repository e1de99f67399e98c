import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';

export type Claims = Readonly<Record<string, unknown>>;

/** A JWT signed by HMAC, made without the library that verifies it. */
export function forgeHmac(claims: Claims, secret: string | Buffer, header: Claims = {}, hash = 'sha256'): string {
  const signed = signingInput({ alg: 'HS256', typ: 'JWT', ...header }, claims);
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

/** A JWT that claims to need no signature. */
export function forgeUnsigned(claims: Claims, header: Claims = {}): string {
  return `${signingInput({ alg: 'none', typ: 'JWT', ...header }, claims)}.`;
}

/** A JWT with a right RS256 signature of a key pair made for it, and the public key. */
export function forgeRsa(claims: Claims): { readonly token: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signed = signingInput({ alg: 'RS256', typ: 'JWT' }, claims);
  const signature = createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url');
  return { token: `${signed}.${signature}`, publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

/** The same token with other claims and the old signature. */
export function tamper(token: string, change: (claims: Record<string, unknown>) => Claims): string {
  const [head = '', body = '', signature = ''] = token.split('.');
  const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
  if (typeof claims !== 'object' || claims === null) throw new Error('claims are an object');
  return `${head}.${encode(change({ ...claims }))}.${signature}`;
}

function signingInput(header: Claims, claims: Claims): string {
  return `${encode(header)}.${encode(claims)}`;
}

function encode(value: Claims): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
