const MASK = '[redacted]';

/** What looks like a Google credential, whoever it belongs to (wire facts D.5, G). */
const PATTERNS: readonly RegExp[] = [
  /AIza[\w-]{20,}/g,
  /\bAQ\.[\w.-]{16,}/g,
  /\bya29\.[\w.-]{16,}/g,
  /(?<=api_key:)[^\s'"\\,}\]]+/g,
  /(?<=[?&](?:key|access_token)=)[^&\s'"\\]+/g,
];

/** Text without any of these holds no such credential: the common case, decided by one scan. */
const SUSPICIOUS = /AIza|AQ\.|ya29\.|api_key:|[?&](?:key|access_token)=/;

/**
 * Takes credentials out of whatever goes to a caller or a log outside model output: everything that looks like one, and
 * the one key that upstream was sent, whatever its shape. Upstream knows no other key of ours.
 */
export class Scrubber {
  constructor(private readonly key?: string) {}

  /** The text with every credential masked; the very text when there was none. */
  text(value: string): string {
    const { key } = this;
    const known = key !== undefined && value.includes(key) ? key : undefined;
    if (known === undefined && !SUSPICIOUS.test(value)) return value;
    let clean = known === undefined ? value : value.replaceAll(known, MASK);
    for (const pattern of PATTERNS) clean = clean.replace(pattern, MASK);
    return clean;
  }

  /** The same for a body of unknown encoding; returns the very buffer when nothing had to be masked. */
  bytes(body: Buffer): Buffer {
    const raw = body.toString('latin1');
    const clean = this.text(raw);
    return clean === raw ? body : Buffer.from(clean, 'latin1');
  }

  /** The same for header values; the object is altered in place. */
  headers(headers: Record<string, string | string[]>): Record<string, string | string[]> {
    for (const name in headers) {
      const value = headers[name];
      if (typeof value === 'string') headers[name] = this.text(value);
      else if (value) headers[name] = value.map((item) => this.text(item));
    }
    return headers;
  }
}
