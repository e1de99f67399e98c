/** A 32-bit hash of a text (FNV-1a). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/**
 * The score of a place for a name: of several places, the one with the highest score is the name's favourite. Each place
 * is the favourite of as many names as its weight says, and a place that comes or goes moves only its own names
 * (weighted rendezvous hashing: Schindelhauer and Schomaker, "Weighted distributed hash tables", 2005).
 */
export function score(nameHash: number, placeHash: number, weight: number): number {
  const fraction = (mix(nameHash ^ Math.imul(placeHash, 0x9e3779b1)) + 0.5) / 0x1_0000_0000;
  return -weight / Math.log(fraction);
}

/** Spreads the bits of a 32-bit number (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
