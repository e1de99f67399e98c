import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../config/config.store.js';
import type { ProxyConfig } from '../config/schema.js';
import { Scrubber } from '../kernel/http/scrubber.js';

/** The scrubber that knows the keys of the current configuration. */
@Injectable()
export class KeyScrubber {
  #current: Scrubber;

  constructor(config: ConfigStore) {
    this.#current = scrubberOf(config.current);
    config.onChange((next) => {
      this.#current = scrubberOf(next);
    });
  }

  get current(): Scrubber {
    return this.#current;
  }
}

function scrubberOf(config: ProxyConfig): Scrubber {
  return new Scrubber(config.gemini.api_keys.map((key) => key.key.reveal()));
}
