import type { IncomingHttpHeaders } from 'node:http';

/** What a request carries to say who it is. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'several' }
  /** `x-goog-api-key` or `?key=`. */
  | { readonly kind: 'key'; readonly value: string }
  /** `Authorization: Bearer`. */
  | { readonly kind: 'bearer'; readonly value: string }
  /** An ephemeral token: `?access_token=` or `Authorization: Token`. */
  | { readonly kind: 'token'; readonly value: string };

/** Reads every place a credential can be in; more than one is `several`, equal or not. */
export function credentialOf(headers: IncomingHttpHeaders, query: URLSearchParams): Credential {
  const found: Credential[] = [];
  const header = headers['x-goog-api-key'];
  if (header !== undefined) found.push({ kind: 'key', value: String(header) });
  if (query.size > 0) {
    for (const value of query.getAll('key')) found.push({ kind: 'key', value });
    for (const value of query.getAll('access_token')) found.push({ kind: 'token', value });
    for (const value of query.getAll('oauth_token')) found.push({ kind: 'bearer', value });
  }
  if (headers.authorization !== undefined) found.push(fromAuthorization(headers.authorization));
  if (found.length > 1) return { kind: 'several' };
  return found[0] ?? { kind: 'none' };
}

function fromAuthorization(authorization: string): Credential {
  const [, scheme = '', value = ''] = /^(\S+)\s+(.*)$/.exec(authorization) ?? [];
  return scheme.toLowerCase() === 'token' ? { kind: 'token', value } : { kind: 'bearer', value };
}

/** The text of a credential, when there is exactly one. */
export function secretOf(credential: Credential): string | undefined {
  return 'value' in credential ? credential.value : undefined;
}
