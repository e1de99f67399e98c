/** What may be sent to a URL that was learned at run time. */
export type UrlTrust = 'with_key' | 'without_key' | 'refused';

/** Hosts of the Gemini API: a key may go there. */
const GEMINI = /^generativelanguage(\.mtls)?\.googleapis\.com$/;

/** Hosts from which Google serves stored bytes by signed URL: no key is needed there, so none is sent. */
const GOOGLE = /\.(googleusercontent|googleapis)\.com$/;

/**
 * Whether a redirect, upload or download URL that upstream named may be followed, and with a key: the configured
 * origin and the Gemini API with one, Google's other hosts over https without, nothing else.
 */
export function trustOf(url: URL, base: URL): UrlTrust {
  if (url.origin === base.origin) return 'with_key';
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '') return 'refused';
  if (GEMINI.test(url.hostname)) return 'with_key';
  return GOOGLE.test(url.hostname) ? 'without_key' : 'refused';
}
