import { createPublicKey, generateKeyPairSync, randomUUID, verify } from 'node:crypto';
import type { Clock } from '../../src/kernel/clock.js';

type Json = Readonly<Record<string, unknown>>;

const EMAIL = 'rotator@tests.iam.gserviceaccount.com';
const KEY_ID = 'a1b2c3';
const LIFE_SECONDS = 3_599;

/**
 * Google's token endpoint for service accounts: checks an assertion as its documentation says
 * (developers.google.com/identity/protocols/oauth2/service-account) and gives out access tokens.
 */
export class TokenEndpoint {
  /** The private key as PEM text. */
  readonly pem: string;
  given = 0;
  private readonly publicKey: ReturnType<typeof createPublicKey>;
  private readonly tokens = new Map<string, number>();

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
  ) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    this.pem = privateKey;
    this.publicKey = createPublicKey(publicKey);
  }

  /** The JSON file of the service account, as Google Cloud gives it out. */
  get accountFile(): string {
    return JSON.stringify({
      type: 'service_account',
      project_id: 'tests',
      private_key_id: KEY_ID,
      private_key: this.pem,
      client_email: EMAIL,
      token_uri: this.url,
    });
  }

  /** The answer to a token request; a refusal quotes the assertion, as careless servers do. */
  answer(body: string): { readonly status: number; readonly body: Json } {
    const form = new URLSearchParams(body);
    const assertion = form.get('assertion') ?? '';
    if (!this.isGood(form.get('grant_type'), assertion)) {
      return { status: 400, body: { error: 'invalid_grant', error_description: assertion } };
    }
    const token = `ya29.${randomUUID()}${randomUUID()}`;
    this.given += 1;
    this.tokens.set(token, this.clock.now() + LIFE_SECONDS * 1000);
    return { status: 200, body: { access_token: token, expires_in: LIFE_SECONDS, token_type: 'Bearer' } };
  }

  accepts(authorization: string | undefined): boolean {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    return (this.tokens.get(token) ?? 0) > this.clock.now();
  }

  /** Every token that was given out is refused from now on. */
  revoke(): void {
    this.tokens.clear();
  }

  private isGood(grant: string | null, assertion: string): boolean {
    const [header = '', claims = '', signature = ''] = assertion.split('.');
    const { iss, scope, aud, iat, exp } = decode(claims);
    const nowSeconds = this.clock.now() / 1000;
    const signed = Buffer.from(`${header}.${claims}`);
    return [
      grant === 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      verify('sha256', signed, this.publicKey, Buffer.from(signature, 'base64url')),
      JSON.stringify(decode(header)) === JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: KEY_ID }),
      iss === EMAIL && scope === 'https://www.googleapis.com/auth/cloud-platform' && aud === this.url,
      Number(iat) <= nowSeconds && nowSeconds < Number(exp) && Number(exp) - Number(iat) <= 3_600,
    ].every(Boolean);
  }
}

function decode(part: string): Json {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8') || '{}') as Json;
}
