import type { ProxyConfig } from './schema.js';

export type ConfigListener = (next: ProxyConfig, previous: ProxyConfig) => void;

/** The configuration in force. Readers see the old or the new one, never a mixture. */
export class ConfigStore {
  private readonly listeners = new Set<ConfigListener>();
  private config: ProxyConfig;

  constructor(config: ProxyConfig) {
    this.config = config;
  }

  get current(): ProxyConfig {
    return this.config;
  }

  /** Calls `listener` after each replacement, until the returned function is called. */
  onChange(listener: ConfigListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /**
   * Puts a checked configuration in force and tells every listener, in the order they came. A listener that throws keeps
   * none of the others from hearing of it; the errors are thrown together at the end.
   */
  replace(next: ProxyConfig): void {
    const previous = this.config;
    this.config = next;
    const errors: unknown[] = [];
    for (const listener of [...this.listeners]) {
      try {
        listener(next, previous);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'The new configuration is in force, but listeners failed.');
  }
}
