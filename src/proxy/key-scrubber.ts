import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../config/config.store.js';
import type { ProxyConfig } from '../config/schema.js';
import { Scrubber } from '../kernel/http/scrubber.js';

/** The scrubber that knows the keys of the current configuration. */
@Injectable()
export class KeyScrubber {
  private scrubber: Scrubber;

  constructor(config: ConfigStore) {
    this.scrubber = scrubberOf(config.current);
    config.onChange((next) => {
      this.scrubber = scrubberOf(next);
    });
  }

  get current(): Scrubber {
    return this.scrubber;
  }
}

function scrubberOf(config: ProxyConfig): Scrubber {
  return new Scrubber(config.gemini.api_keys.map((key) => key.key.reveal()));
}
