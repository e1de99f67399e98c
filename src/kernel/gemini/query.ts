/** What a query says to the proxy itself, and what of it goes upstream. */
export interface Query {
  /** Without the leading `?`, credentials, `fields`, and parameters that change Google's protocol. */
  readonly upstream: string;
  /** Values of `key`, `access_token` and `oauth_token`, decoded. */
  readonly credentials: readonly string[];
  readonly alt: string | undefined;
  /** The field mask. */
  readonly fields: string | undefined;
  readonly uploadId: string | undefined;
  /** A parameter that is judged here stands twice: two readers could take different ones. */
  readonly isAmbiguous: boolean;
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

/** Parameters that are judged here. */
const JUDGED = ['alt', 'fields', 'upload_id'] as const;
type Judged = (typeof JUDGED)[number];

/** Fields that accounting needs even where the caller masks the answer. */
const ACCOUNTING_FIELDS = 'usageMetadata,modelVersion';

const EMPTY: Query = {
  upstream: '',
  credentials: [],
  alt: undefined,
  fields: undefined,
  uploadId: undefined,
  isAmbiguous: false,
};

/** Reads the raw query of a request (without `?`) in one pass; what is forwarded keeps its bytes. */
export function readQuery(raw: string): Query {
  if (raw === '') return EMPTY;
  const kept: string[] = [];
  const credentials: string[] = [];
  const judged = new Map<Judged, string>();
  let isAmbiguous = false;
  for (const pair of raw.split('&')) {
    const [name, value] = namedValue(pair);
    const known = JUDGED.find((other) => other === name);
    if (known) {
      isAmbiguous ||= judged.has(known);
      judged.set(known, value);
    }
    if (CREDENTIALS.has(name)) credentials.push(value);
    else if (isForwarded(name)) kept.push(pair);
  }
  return {
    upstream: kept.join('&'),
    credentials: credentials.filter((credential) => credential !== ''),
    alt: judged.get('alt'),
    fields: judged.get('fields'),
    uploadId: judged.get('upload_id'),
    isAmbiguous,
  };
}

/** The query that goes upstream; `widen` adds what accounting reads to a field mask. */
export function upstreamQuery({ upstream, fields }: Query, widen: boolean): string {
  if (fields === undefined) return upstream;
  const mask = widen && fields.trim() !== '*' && fields.trim() !== '' ? `${fields},${ACCOUNTING_FIELDS}` : fields;
  return `${upstream}${upstream === '' ? '' : '&'}fields=${encodeURIComponent(mask)}`;
}

/** The name in lower case, since servers differ in whether case counts. */
function namedValue(pair: string): [name: string, value: string] {
  const cut = pair.indexOf('=');
  const name = decode(cut < 0 ? pair : pair.slice(0, cut));
  return [name.trim().toLowerCase(), cut < 0 ? '' : decode(pair.slice(cut + 1))];
}

function isForwarded(name: string): boolean {
  return name !== 'fields' && !name.startsWith('$') && !DROPPED.has(name);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
