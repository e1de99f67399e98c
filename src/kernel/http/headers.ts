/** Headers as Node and undici pass them raw: name, value, name, value, … */
export type RawHeaders = readonly string[];

/** Hop-by-hop headers (RFC 9110, section 7.6.1) and what a connection of our own replaces. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * The caller's headers that mean something to the Gemini API (wire facts A.5, C.1). Everything else stays here: names of
 * credentials and of forwarding headers are too many to list.
 */
const UPSTREAM: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'api-revision',
  'content-encoding',
  'content-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
  'user-agent',
  'x-goog-api-client',
  'x-goog-hash',
  'x-server-timeout',
]);

/** Families of such headers. */
const UPSTREAM_FAMILIES = /^x-(?:goog-upload-|goog-gemini-|stainless-|gemini-(?!proxy-))/;

/** What upstream says about its own connection, or about places that callers must not use instead of us; so is CORS. */
const NEVER_DOWNSTREAM: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'alt-svc',
  'set-cookie',
  'strict-transport-security',
  'x-request-id',
  'content-length',
]);

/** The caller's headers that go upstream, as they were spelled. */
export function headersForUpstream(raw: RawHeaders): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const lower = name.toLowerCase();
    if (UPSTREAM.has(lower) || UPSTREAM_FAMILIES.test(lower)) kept.push(name, raw[i + 1] ?? '');
  }
  return kept;
}

/** Upstream's headers that go to the caller, values unchanged; `keepLength` when not a byte of the body is altered. */
export function headersForCaller(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  keepLength: boolean,
): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !NEVER_DOWNSTREAM.has(name) && !name.startsWith('access-control-')) kept[name] = value;
  }
  const length = headers['content-length'];
  if (keepLength && length !== undefined) kept['content-length'] = length;
  return kept;
}

/** The first value of a raw header, by lower-case name. */
export function rawHeader(raw: RawHeaders, lowerName: string): string | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() === lowerName) return raw[i + 1];
  }
  return undefined;
}
