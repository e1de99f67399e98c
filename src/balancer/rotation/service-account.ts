import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isMapping } from '../../config/option-path.js';
import { KeyProviderError } from './key-provider.js';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';

/** Google takes assertions that live for an hour at most. */
const ASSERTION_SECONDS = 3_600;

/** The contents of a service account's JSON file. */
export class ServiceAccount {
  private constructor(
    readonly email: string,
    /** Where its assertions are exchanged for access tokens. */
    readonly tokenUrl: URL,
    private readonly keyId: string | undefined,
    private readonly privateKey: KeyObject,
  ) {}

  /** Reads the file. Throws KeyProviderError that names the file and shows nothing of it. */
  static async load(path: string): Promise<ServiceAccount> {
    try {
      return ServiceAccount.from(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      const problem = error instanceof KeyProviderError ? error.message : 'cannot be read as one';
      throw new KeyProviderError(`${path} is no JSON file of a Google Cloud service account: it ${problem}.`);
    }
  }

  /**
   * A signed statement that this account asks for a token: RFC 7523, as Google describes it
   * (developers.google.com/identity/protocols/oauth2/service-account, "HTTP/REST").
   */
  assertion(nowMs: number): string {
    const issuedAt = Math.floor(nowMs / 1000);
    const header = { alg: 'RS256', typ: 'JWT', kid: this.keyId };
    const claims = {
      iss: this.email,
      scope: SCOPE,
      aud: this.tokenUrl.href,
      iat: issuedAt,
      exp: issuedAt + ASSERTION_SECONDS,
    };
    const signed = `${encode(header)}.${encode(claims)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), this.privateKey).toString('base64url')}`;
  }

  private static from(file: unknown): ServiceAccount {
    const {
      client_email: email,
      private_key: pem,
      private_key_id: keyId,
      token_uri: url,
    } = isMapping(file) ? file : {};
    if (typeof email !== 'string' || typeof pem !== 'string') {
      throw new KeyProviderError('has no client_email or no private_key');
    }
    const tokenUrl = typeof url === 'string' ? new URL(url) : new URL(TOKEN_URL);
    return new ServiceAccount(email, tokenUrl, typeof keyId === 'string' ? keyId : undefined, createPrivateKey(pem));
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
