import { Child } from './child.mjs';

/** All that a row has started; it ends together, whatever happened. */
export class Family {
  #children = [];
  #targets = [];

  async start(file, argument) {
    const child = await Child.start(file, argument);
    this.#children.push(child);
    return child;
  }

  keep(target) {
    this.#targets.push(target);
    return target;
  }

  /** Connections first, then processes, the last started first. */
  async end() {
    await Promise.all(this.#targets.map((target) => target.close()));
    for (const child of this.#children.toReversed()) await child.stop();
  }
}
