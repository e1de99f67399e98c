/**
 * Values by name, in bounded memory and at a constant price: the names that were used last are kept, at least `max` and
 * at most twice as many.
 */
export class Recent<V> {
  private young = new Map<string, V>();
  private old = new Map<string, V>();

  constructor(private readonly max: number) {}

  get(name: string): V | undefined {
    const known = this.young.get(name);
    if (known !== undefined) return known;
    const aged = this.old.get(name);
    if (aged !== undefined) this.set(name, aged);
    return aged;
  }

  set(name: string, value: V): void {
    // A map that forgot its oldest name each time would be slow to find it: the gaps are gone through again and again.
    if (this.young.size >= this.max) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(name, value);
  }
}
