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

/** What a caller sends and upstream must not see: credentials, what our own connection says anew, who is behind us. */
const NEVER_UPSTREAM: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'host',
  'content-length',
  'expect',
  'accept-encoding',
  'authorization',
  'cookie',
  'origin',
  'referer',
  'forwarded',
  'via',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'openai-organization',
  'openai-project',
  'x-request-id',
]);

/** Families of the same kind. */
const NEVER_UPSTREAM_PREFIXES = ['x-forwarded-', 'x-gemini-proxy-', 'sec-', 'proxy-'];

/** Of Google's own request headers only these mean something to a caller of the Gemini API. */
const GOOGLE_HEADERS = /^x-goog-(?:api-client|upload-.+|gemini-.+|fieldmask|hash)$/;

/** What upstream says about its own connection, or about places that callers must not use instead of us. */
const NEVER_DOWNSTREAM: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'alt-svc',
  'set-cookie',
  'strict-transport-security',
  'x-request-id',
  'content-length',
]);

/** A name and its lower-case form are compared often; names repeat, so the answer is kept. */
const verdicts = new Map<string, boolean>();
const VERDICTS_MAX = 512;

/** The caller's headers that go upstream: without credentials, hop-by-hop and forwarding headers. */
export function headersForUpstream(raw: RawHeaders): string[] {
  const named = namedByConnection(raw);
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (goesUpstream(name) && !named?.has(name.toLowerCase())) kept.push(name, raw[i + 1] ?? '');
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
    if (value !== undefined && !NEVER_DOWNSTREAM.has(name)) kept[name] = value;
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

function goesUpstream(name: string): boolean {
  const known = verdicts.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  const allowed =
    !NEVER_UPSTREAM.has(lower) &&
    !NEVER_UPSTREAM_PREFIXES.some((prefix) => lower.startsWith(prefix)) &&
    (!lower.startsWith('x-goog-') || GOOGLE_HEADERS.test(lower));
  if (verdicts.size < VERDICTS_MAX) verdicts.set(name, allowed);
  return allowed;
}

/** Names that the caller declared hop-by-hop itself. */
function namedByConnection(raw: RawHeaders): ReadonlySet<string> | undefined {
  const value = rawHeader(raw, 'connection');
  if (value === undefined || /^(keep-alive|close)$/i.test(value)) return undefined;
  return new Set(value.toLowerCase().split(/\s*,\s*/));
}
