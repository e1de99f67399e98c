/** What a query says to the proxy itself, and what of it goes upstream. */
export interface Query {
  /** Without the leading `?`; credentials and parameters that change Google's protocol are gone. */
  readonly upstream: string;
  /** Values of `key`, `access_token` and `oauth_token`, decoded. */
  readonly credentials: readonly string[];
  readonly alt: string | undefined;
  readonly fields: string | undefined;
  readonly uploadId: string | undefined;
}

const CREDENTIALS: ReadonlySet<string> = new Set(['key', 'access_token', 'oauth_token']);

/**
 * Google's system parameters that would let a caller act on the operator's account or change the shape of answers
 * that are read here (https://cloud.google.com/apis/docs/system-parameters). All `$`-forms are dropped with them.
 */
const DROPPED: ReadonlySet<string> = new Set([
  'quotauser',
  'userproject',
  'userip',
  'callback',
  'bearer_token',
  'pp',
  'x-http-method-override',
  'x-goog-user-project',
]);

/** Fields that accounting needs even where the caller masks the answer. */
const ACCOUNTING_FIELDS = ['usageMetadata', 'modelVersion'];

const EMPTY: Query = { upstream: '', credentials: [], alt: undefined, fields: undefined, uploadId: undefined };

/** Reads the raw query of a request (without `?`) in one pass; what is forwarded keeps its bytes. */
export function readQuery(raw: string): Query {
  if (raw === '') return EMPTY;
  const kept: string[] = [];
  const credentials: string[] = [];
  const known: Record<'alt' | 'fields' | 'upload_id', string | undefined> = {
    alt: undefined,
    fields: undefined,
    upload_id: undefined,
  };
  for (const pair of raw.split('&')) {
    const cut = pair.indexOf('=');
    const name = decode(cut < 0 ? pair : pair.slice(0, cut));
    const value = cut < 0 ? '' : decode(pair.slice(cut + 1));
    if (CREDENTIALS.has(name)) credentials.push(value);
    else if (!name.startsWith('$') && !DROPPED.has(name.toLowerCase())) {
      if (name in known) known[name as keyof typeof known] = value;
      kept.push(name === 'fields' ? `fields=${encodeURIComponent(widenFields(value))}` : pair);
    }
  }
  const { alt, fields, upload_id: uploadId } = known;
  return { upstream: kept.join('&'), credentials: credentials.filter((c) => c !== ''), alt, fields, uploadId };
}

/** A `fields` mask that leaves in what accounting reads. */
function widenFields(mask: string): string {
  if (mask.trim() === '' || mask.includes('*')) return mask;
  const missing = ACCOUNTING_FIELDS.filter((field) => !new RegExp(`(^|[,(\\s])${field}(?![A-Za-z])`).test(mask));
  return [mask, ...missing].join(',');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
