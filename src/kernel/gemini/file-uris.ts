import { type Resource, resourceNamed } from './resource.js';

/** Where files are, as base URLs without a slash at their end. */
export interface FileAddresses {
  /** Of the Gemini API, as configured. */
  readonly upstream: string;
  /** Of this proxy, as the caller reaches it. */
  readonly proxy: string;
}

/** What a URI leads to. */
export interface FileUri {
  readonly resource: Resource;
  /** `elsewhere`: it only looks like one of ours, and may have been given out under another name of the proxy. */
  readonly at: 'upstream' | 'proxy' | 'elsewhere';
  /** Path below the base URL. */
  readonly path: string;
  /** With its question mark. */
  readonly query: string;
}

/** So much of a value is read; inline media in a `url` has megabytes. */
export const URI_CHARS_MAX = 8 * 1024;

/** What is not understood goes by its beginning. */
const NAME_CHARS_MAX = 200;

/** Every host of the Gemini API, mTLS and staging among them. */
const GEMINI_HOST = /(?:^|[.-])generativelanguage[\w.-]*\.googleapis\.com\.?$/i;

/** What reads like an address of the Gemini API, whether or not it can be taken apart. */
const GEMINI_TEXT = /^\s*https?:[^]*generativelanguage/i;

/** Names two files, as far as readers go that stop at the first. */
const TWO_FILES = /\/files\/[^]*\/files\//i;

/** A file below any prefix: `/v1beta/files/abc`, `/pfx/download/v1/files/abc:download`. */
const FILE_PATH = /(?:\/download)?\/v\d[\da-z]*\/(files\/[^/]+)\/*$/i;

/** A name, or a URI that lacks its scheme or host. */
const NAME = /^\/*(?:[\w.-]*generativelanguage[\w.-]*\/)?(?:v\d[\da-z]*\/)?(files\/[\w-]+)(?=\/*$|[:?#])/i;

/** Reads a URI as Google would; undefined when it is neither a file of the Gemini API nor could be one of ours. */
export function readFileUri(text: string, addresses: FileAddresses): FileUri | undefined {
  const head = text.slice(0, URI_CHARS_MAX);
  const url = /^\s*https?:/i.test(head) ? URL.parse(head) : null;
  if (!url) return GEMINI_TEXT.test(head) ? notUnderstood(head.trim()) : readName(head.trim());
  const isPathWhole = head.length === text.length || /[?#]/.test(head);
  return readUrl(url, isPathWhole, addresses);
}

/** The URI under which upstream knows a file; clients put their tokens into the query of ours, which stay here. */
export function upstreamUri({ path, query }: FileUri, { upstream }: FileAddresses): string {
  return `${upstream}${path}${/[?&]alt=media(?:&|$)/.test(query) ? '?alt=media' : ''}`;
}

/** The URI under which the caller finds a file of upstream. */
export function proxyUri({ path, query }: FileUri, { proxy }: FileAddresses): string {
  return `${proxy}${path}${query}`;
}

function readUrl(url: URL, isPathWhole: boolean, addresses: FileAddresses): FileUri | undefined {
  const pathname = spelledOut(url.pathname);
  const at = placeOf(url, addresses);
  const [path = '', name = ''] = FILE_PATH.exec(pathname) ?? [];
  const file = resourceNamed(name);
  if (at !== 'upstream') return file && { resource: file, at, path, query: url.search };
  const isUnderstood = file !== undefined && isPathWhole && !TWO_FILES.test(pathname);
  return isUnderstood ? { resource: file, at, path, query: url.search } : notUnderstood(pathname.slice(1));
}

function placeOf(url: URL, { upstream, proxy }: FileAddresses): FileUri['at'] {
  if (isAt(url, upstream) || GEMINI_HOST.test(url.hostname)) return 'upstream';
  return isAt(url, proxy) ? 'proxy' : 'elsewhere';
}

/** What is at Google but not understood is somebody's all the same: nobody is known to own it. */
function notUnderstood(text: string): FileUri {
  return upstreamFile({ kind: 'files', name: text.slice(0, NAME_CHARS_MAX) });
}

function readName(text: string): FileUri | undefined {
  const resource = resourceNamed(NAME.exec(text)?.[1] ?? '');
  return resource && upstreamFile(resource);
}

function upstreamFile(resource: Resource): FileUri {
  return { resource, at: 'upstream', path: '', query: '' };
}

/** The scheme may differ: TLS may end in front of us. */
function isAt(url: URL, base: string): boolean {
  return url.host !== '' && url.host === URL.parse(base)?.host;
}

function spelledOut(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}
