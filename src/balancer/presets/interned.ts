/** Gives small numbers to texts; a number is free again once everybody who held its text has let go. */
export class Interned {
  private readonly numbers = new Map<string, number>();
  private readonly texts: string[] = [];
  private readonly holders: number[] = [];
  private readonly free: number[] = [];

  /** The number of the text, held once more. */
  hold(text: string): number {
    const number = this.numbers.get(text) ?? this.enter(text);
    this.holders[number] = (this.holders[number] ?? 0) + 1;
    return number;
  }

  /** Lets go of a number once. */
  release(number: number): void {
    const left = (this.holders[number] ?? 0) - 1;
    this.holders[number] = left;
    if (left > 0) return;
    this.numbers.delete(this.text(number));
    this.texts[number] = '';
    this.free.push(number);
  }

  text(number: number): string {
    return this.texts[number] ?? '';
  }

  get size(): number {
    return this.numbers.size;
  }

  private enter(text: string): number {
    const number = this.free.pop() ?? this.texts.length;
    this.numbers.set(text, number);
    this.texts[number] = text;
    this.holders[number] = 0;
    return number;
  }
}
