import { Injectable } from '@nestjs/common';
import type { Secret } from '../../kernel/secret.js';
import type { StrategyName } from '../strategies/strategy.js';

/** What takes the place of configured values while the replica runs. */
export interface KeyOverrides {
  /** Weights of the applied preset, by key id; keys that it does not name keep their configured weight. */
  readonly weights: ReadonlyMap<string, number>;
  /** Strategy of the applied preset. */
  readonly strategy: StrategyName | undefined;
  /** Secrets that rotation put in the place of configured ones, by key id. */
  readonly secrets: ReadonlyMap<string, Secret>;
  /** Standby keys that stepped in. */
  readonly promoted: ReadonlySet<string>;
}

type Listener = (overrides: KeyOverrides) => void;

/** The overrides in force. Readers see the old or the new ones, never a mixture. */
@Injectable()
export class KeyOverridesStore {
  private readonly listeners = new Set<Listener>();
  private overrides: KeyOverrides = {
    weights: new Map(),
    strategy: undefined,
    secrets: new Map(),
    promoted: new Set(),
  };

  get current(): KeyOverrides {
    return this.overrides;
  }

  /** Puts changed overrides in force and tells every listener. */
  change(changed: Partial<KeyOverrides>): void {
    this.overrides = { ...this.overrides, ...changed };
    for (const listener of [...this.listeners]) listener(this.overrides);
  }

  /** Calls `listener` after each change, until the returned function is called. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }
}
