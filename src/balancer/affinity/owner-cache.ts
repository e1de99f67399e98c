import type { ResourceOwner } from '../../persistence/repositories/resource-owner.repository.js';

/** The owners of one resource, as they were read. */
export interface KnownOwners {
  readonly owners: readonly ResourceOwner[];
  /** On the monotonic clock. */
  readonly readAtMs: number;
}

/** What was read of owners, by resource; the least recently used gives way. */
export class OwnerCache {
  private readonly entries = new Map<string, KnownOwners>();

  constructor(private readonly capacity: number) {
    if (!(capacity >= 1)) throw new RangeError(`capacity must be at least 1, got ${capacity}`);
  }

  get size(): number {
    return this.entries.size;
  }

  get(resource: string): KnownOwners | undefined {
    const entry = this.entries.get(resource);
    if (entry === undefined) return undefined;
    this.entries.delete(resource);
    this.entries.set(resource, entry);
    return entry;
  }

  set(resource: string, entry: KnownOwners): void {
    this.entries.delete(resource);
    this.entries.set(resource, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.capacity && oldest !== undefined) this.entries.delete(oldest);
  }

  delete(resource: string): void {
    this.entries.delete(resource);
  }
}
