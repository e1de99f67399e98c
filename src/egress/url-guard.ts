/** What may be sent to a URL that was learned at run time. */
export type UrlTrust = 'with_key' | 'without_key' | 'refused';

/** Hosts of Google's API front ends: a key may go there. */
const GOOGLE_API = /(^|\.)googleapis\.com$/;

/** Hosts from which Google serves stored bytes by signed URL: no key is needed there, so none is sent. */
const GOOGLE_STORAGE = /(^|\.)(googleusercontent\.com|storage\.googleapis\.com)$/;

/**
 * Whether a redirect, upload or download URL that upstream named may be followed, and with a key: the configured
 * origin always, Google's hosts over https, nothing else.
 */
export function trustOf(url: URL, base: URL): UrlTrust {
  if (url.origin === base.origin) return 'with_key';
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '') return 'refused';
  if (GOOGLE_STORAGE.test(url.hostname)) return 'without_key';
  return GOOGLE_API.test(url.hostname) ? 'with_key' : 'refused';
}
