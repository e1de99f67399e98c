import { NO_FAULTS, withStrike } from './fault-plan.js';
import type { FaultPlan } from './fault-plan.js';
import { faultSchema } from './fault.schema.js';
import type { Fault, FaultAction, FaultMatch } from './fault.schema.js';

/** What a fault may look at. The model is absent until it is known (some surfaces name it in the body). */
export interface RequestFacts {
  readonly method: string;
  readonly path: string;
  readonly key?: string;
  readonly keyId?: string;
  readonly project?: string;
  readonly model?: string;
}

interface Entry {
  readonly fault: Fault;
  seen: number;
  struck: number;
}

/** The faults that are scripted: those of the scenario, then those added since, in that order. */
export class FaultScript {
  private entries: Entry[];

  constructor(private readonly scenario: readonly Fault[]) {
    this.entries = scenario.map(toEntry);
  }

  /** Scripts one more fault; throws ZodError when it is malformed. */
  add(match: FaultMatch, action: FaultAction, times?: number): void {
    this.entries.push(toEntry(faultSchema.parse({ match, action, times })));
  }

  /** Removes every fault, the scenario's too. */
  clear(): void {
    this.entries = [];
  }

  /** Back to the scenario's faults, with all counts at zero. */
  reset(): void {
    this.entries = this.scenario.map(toEntry);
  }

  /**
   * What happens to this request; counts it. With `model` unknown, faults that ask for a model wait: call again,
   * with the first plan, once it is known.
   */
  plan(facts: RequestFacts, before?: FaultPlan): FaultPlan {
    if (this.entries.length === 0) return NO_FAULTS;
    const onlyModels = before !== undefined;
    return this.entries
      .filter(({ fault }) => !onlyModels || fault.match.model !== undefined)
      .filter((entry) => strikes(entry, facts))
      .reduce((plan, { fault }) => withStrike(plan, fault.action), before ?? NO_FAULTS);
  }
}

function toEntry(fault: Fault): Entry {
  return { fault, seen: 0, struck: 0 };
}

function strikes(entry: Entry, facts: RequestFacts): boolean {
  const { match, times } = entry.fault;
  if (!matches(match, facts)) return false;
  entry.seen += 1;
  if (match.nth !== undefined && match.nth !== entry.seen) return false;
  if (times !== undefined && entry.struck >= times) return false;
  entry.struck += 1;
  return true;
}

function matches(match: Fault['match'], facts: RequestFacts): boolean {
  return (
    fits(match.path, facts.path) &&
    fits(match.model, facts.model) &&
    (match.method === undefined || match.method === facts.method) &&
    (match.key === undefined || match.key === facts.key || match.key === facts.keyId) &&
    (match.project === undefined || match.project === facts.project)
  );
}

function fits(pattern: RegExp | undefined, text: string | undefined): boolean {
  if (pattern === undefined) return true;
  // `search` ignores lastIndex, so that a pattern with the g or y flag cannot skip every other request.
  return text !== undefined && text.search(pattern) >= 0;
}
