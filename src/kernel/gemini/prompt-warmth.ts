/** Below 2,048 tokens, some 8 KiB of text, Google caches no prompt (wire facts H). */
const CACHEABLE_BYTES_MIN = 8 * 1024;

/** The beginning of a body is that of its first turn: it stays while a conversation grows. */
const PREFIX_BYTES = 1024;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Names the beginning of a prompt that is long enough to be cached upstream; undefined for shorter ones. */
export function promptWarmth(body: Buffer | undefined): string | undefined {
  if (!body || body.length < CACHEABLE_BYTES_MIN) return undefined;
  let [high, low] = [FNV_OFFSET, FNV_PRIME];
  for (let at = 0; at < PREFIX_BYTES; at += 1) {
    high = Math.imul(high ^ (body[at] ?? 0), FNV_PRIME);
    low = Math.imul(low + (body[at] ?? 0), FNV_OFFSET | 1) ^ (low >>> 15);
  }
  return `${(high >>> 0).toString(36)}.${(low >>> 0).toString(36)}`;
}
