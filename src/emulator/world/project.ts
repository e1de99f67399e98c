import type { KeyState } from './key-state.js';
import type { QuotaBook } from './quota-book.js';

/** A Google project: owner of quota and of everything its keys create. */
export interface Project {
  readonly id: string;
  readonly number: string;
  readonly quotas: QuotaBook;
  state: KeyState;
}

/** One kind of thing, kept per owner; it goes when its owner goes. */
export class Shelf<Owner extends object, Thing> {
  private readonly things = new WeakMap<Owner, Map<string, Thing>>();

  /** The owner's things by name, oldest first. */
  of(owner: Owner): Map<string, Thing> {
    let shelf = this.things.get(owner);
    if (shelf === undefined) {
      shelf = new Map();
      this.things.set(owner, shelf);
    }
    return shelf;
  }
}
