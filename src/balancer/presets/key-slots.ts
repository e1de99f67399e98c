const WORD_BITS = 32;

/** Keys that can be told apart at a time. */
export const KEYS_MAX = 256;

/** Words of a set of keys: one bit for each slot. */
export const WORDS = KEYS_MAX / WORD_BITS;

/** The bits of key ids in sets of keys. */
export class KeySlots {
  private readonly slots = new Map<string, number>();
  private readonly ids: (string | undefined)[] = [];

  /** The slot of a key, which gets one when it has none; undefined when all are taken. */
  slotOf(id: string): number | undefined {
    return this.slots.get(id) ?? this.enter(id);
  }

  idAt(slot: number): string {
    return this.ids[slot] ?? '';
  }

  /** The ids of a set. */
  idsOf(set: Uint32Array): string[] {
    const ids: string[] = [];
    set.forEach((word, index) => {
      for (let bits = word; bits !== 0; bits &= bits - 1) {
        ids.push(this.idAt(index * WORD_BITS + WORD_BITS - 1 - Math.clz32(bits & -bits)));
      }
    });
    return ids;
  }

  /** Frees every slot that is not in the set. */
  keepOnly(set: Uint32Array): void {
    for (const [id, slot] of this.slots) {
      if (has(set, slot)) continue;
      this.slots.delete(id);
      this.ids[slot] = undefined;
    }
  }

  private enter(id: string): number | undefined {
    if (this.slots.size >= KEYS_MAX) return undefined;
    const freed = this.ids.indexOf(undefined);
    const slot = freed === -1 ? this.ids.length : freed;
    this.slots.set(id, slot);
    this.ids[slot] = id;
    return slot;
  }
}

/** Puts a slot into the set that begins at an index of many sets. */
export function add(sets: Uint32Array, first: number, slot: number): void {
  const word = first + (slot >>> 5);
  sets[word] = (sets[word] ?? 0) | (1 << (slot & 31));
}

function has(set: Uint32Array, slot: number): boolean {
  return ((set[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0;
}
