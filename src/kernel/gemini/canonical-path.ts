/** Paths that are canonical already: the common case, decided by one scan. */
const PLAIN = /^(?:\/[A-Za-z0-9_~@:-][A-Za-z0-9_~@:.-]*)+$/;

/**
 * What may not stand in a path in any form: controls and spaces, backslashes, fragments, percent signs that encode
 * nothing.
 */
const FORBIDDEN = /[^!-~]|[\\#]|%(?![0-9A-F]{2})|%(?:[01][0-9A-F]|7F|5C)/i;

/** Percent-encodings that mean the same as the character itself, and the slash, which hides segments. */
const DECODABLE = /%(?:2[DEF]|3[0-9A]|4[0-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/gi;

/**
 * The one spelling of a path that is judged and sent upstream: repeated slashes folded, `%2F` and encoded plain
 * characters decoded, dot segments resolved. Undefined when it climbs above the root or cannot be read.
 */
export function canonicalPath(raw: string): string | undefined {
  if (PLAIN.test(raw)) return raw;
  if (!raw.startsWith('/') || FORBIDDEN.test(raw)) return undefined;
  const decoded = raw.replace(DECODABLE, (code) => String.fromCharCode(parseInt(code.slice(1), 16)));
  const segments: string[] = [];
  for (const segment of decoded.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return `/${segments.join('/')}`;
}
