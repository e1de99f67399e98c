import type { Clock } from '../../kernel/clock.js';
import { FaultScript } from '../faults/fault-script.js';
import type { CheckedScenario } from '../scenario/scenario.schema.js';
import { KeyRing } from './key-ring.js';
import { ModelCatalogue } from './model-catalogue.js';
import { SeededIds } from './seeded.js';

/** Everything the emulator remembers; a reset makes a new one. */
export class World {
  readonly seed: number;
  readonly keys: KeyRing;
  readonly models: ModelCatalogue;
  readonly ids: SeededIds;

  constructor(
    /** Where clients reach the emulator, without a trailing slash. */
    readonly origin: string,
    readonly scenario: CheckedScenario,
    readonly clock: Clock,
    readonly faults: FaultScript,
  ) {
    this.seed = scenario.seed;
    this.keys = new KeyRing(scenario);
    this.models = new ModelCatalogue(scenario.models);
    this.ids = new SeededIds(scenario.seed);
  }

  /** Now, or `afterMs` later, as RFC 3339 text. */
  timestamp(afterMs = 0): string {
    return new Date(this.clock.now() + afterMs).toISOString();
  }
}
