/** FNV-1a over UTF-16 units: the same text and seed give the same 32 bits on every machine. */
export function hash(text: string, seed: number): number {
  let value = (2166136261 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 16777619);
  }
  return value >>> 0;
}

/** Random numbers that follow from a seed (mulberry32). Not for secrets. */
export class SeededRandom {
  constructor(private state: number) {}

  /** A number in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer in [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Ids that never repeat within one emulator and follow from its seed and the order of calls. */
export class SeededIds {
  private issued = 0;

  constructor(private readonly seed: number) {}

  /** Lower-case letters and digits, as in `files/abc123def456`. */
  lower(length = 12): string {
    return this.make(LOWER, length);
  }

  /** Base64url letters, as in `responseId`. */
  urlSafe(length = 22): string {
    return this.make(URL_SAFE, length);
  }

  private make(alphabet: string, length: number): string {
    const count = ++this.issued;
    const random = new SeededRandom(hash(String(count), this.seed));
    // The count ends the id, so that two ids can never be equal by chance.
    const tail = count.toString(36).padStart(4, '0');
    let id = LOWER.charAt(random.below(26));
    while (id.length + tail.length < length) id += alphabet.charAt(random.below(alphabet.length));
    return id + tail;
  }
}
