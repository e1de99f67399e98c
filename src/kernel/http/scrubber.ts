const MASK = '[redacted]';

/** What looks like a Google credential, whoever it belongs to (wire facts D.5, G). */
const PATTERNS: readonly RegExp[] = [
  /AIza[\w-]{20,}/g,
  /\bAQ\.[\w.-]{16,}/g,
  /\bya29\.[\w.-]{16,}/g,
  /(?<=api_key:)[^\s'"\\,}\]]+/g,
  /(?<=[?&](?:key|access_token)=)[^&\s'"\\]+/g,
];

/** Takes upstream keys out of whatever goes to a caller or a log outside model output. */
export class Scrubber {
  private readonly keys: readonly string[];

  constructor(keys: readonly string[] = []) {
    this.keys = keys.filter((key) => key.length >= 8);
  }

  /** The text with every known key and everything that looks like one masked. */
  text(value: string): string {
    let clean = value;
    for (const key of this.keys) if (clean.includes(key)) clean = clean.replaceAll(key, MASK);
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
