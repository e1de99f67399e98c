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

/** Longer ones are no addresses of files; inline media in a `url` has megabytes. */
export const URI_CHARS_MAX = 8 * 1024;

/** Every host of the Gemini API, mTLS and staging among them. */
const GEMINI_HOST = /(?:^|[.-])generativelanguage[\w.-]*\.googleapis\.com\.?$/i;

/** A file below any prefix: `/v1beta/files/abc`, `/pfx/download/v1/files/abc:download`. */
const FILE_PATH = /(?:\/download)?\/v\d[\da-z]*\/(files\/[^/]+)\/*$/i;

/** A name, or a URI that lacks its scheme or host. */
const NAME = /^\/*(?:[\w.-]*generativelanguage[\w.-]*\/)?(?:v\d[\da-z]*\/)?(files\/[\w-]+)(?=\/*$|[:?#])/i;

/** Reads a URI as Google would; undefined when it is neither a file of the Gemini API nor could be one of ours. */
export function readFileUri(text: string, addresses: FileAddresses): FileUri | undefined {
  if (text.length > URI_CHARS_MAX) return undefined;
  const url = /^\s*https?:/i.test(text) ? URL.parse(text) : null;
  return url ? readUrl(url, addresses) : readName(text.trim());
}

/** The URI under which upstream knows a file; clients put their tokens into the query of ours, which stay here. */
export function upstreamUri({ path, query }: FileUri, { upstream }: FileAddresses): string {
  return `${upstream}${path}${/[?&]alt=media(?:&|$)/.test(query) ? '?alt=media' : ''}`;
}

/** The URI under which the caller finds a file of upstream. */
export function proxyUri({ path, query }: FileUri, { proxy }: FileAddresses): string {
  return `${proxy}${path}${query}`;
}

function readUrl(url: URL, addresses: FileAddresses): FileUri | undefined {
  const pathname = spelledOut(url.pathname);
  const [path = '', name = ''] = FILE_PATH.exec(pathname) ?? [];
  const file = resourceNamed(name);
  const isUpstream = isAt(url, addresses.upstream) || GEMINI_HOST.test(url.hostname);
  if (file) {
    const at = isUpstream ? 'upstream' : isAt(url, addresses.proxy) ? 'proxy' : 'elsewhere';
    return { resource: file, at, path, query: url.search };
  }
  // What is there but not understood is somebody's all the same: nobody is known to own it.
  return isUpstream ? upstreamFile({ kind: 'files', name: pathname.slice(1) }) : undefined;
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
