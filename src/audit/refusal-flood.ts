import type { Clock } from '../kernel/clock.js';
import type { AuditEvent } from './audit-event.js';

const WINDOW_MS = 1_000;
const WHOLE_LINES_PER_WINDOW = 100;
/** Beyond so many addresses and reasons in one second, further ones are not counted but written. */
const COUNTERS_MAX = 10_000;

interface Counter {
  lines: number;
  /** The last refusal that got no line of its own, and how many did not. */
  held: { readonly event: AuditEvent; readonly count: number } | undefined;
}

/**
 * Keeps a flood of refused calls from becoming a flood of lines: beyond a hundred in a second from one address for one
 * reason, the rest of that second becomes one line with a count.
 */
export class RefusalFlood {
  private readonly counters = new Map<string, Counter>();

  constructor(
    private readonly clock: Clock,
    private readonly emit: (event: AuditEvent) => void,
  ) {}

  /** Whether the event gets a line of its own; otherwise it is counted. */
  admit(event: AuditEvent): boolean {
    if (event.refusal === undefined) return true;
    const counter = this.counterOf(`${event.refusal} ${event.sourceIp}`);
    if (!counter || counter.lines < WHOLE_LINES_PER_WINDOW) {
      if (counter) counter.lines += 1;
      return true;
    }
    counter.held = { event, count: (counter.held?.count ?? 0) + 1 };
    return false;
  }

  /** Ends the current second: emits a line for each flood. */
  close(): void {
    const floods = [...this.counters.values()];
    this.counters.clear();
    for (const { held } of floods) {
      if (held) this.emit({ ...held.event, details: { ...held.event.details, count: held.count } });
    }
  }

  private counterOf(name: string): Counter | undefined {
    const known = this.counters.get(name);
    if (known || this.counters.size >= COUNTERS_MAX) return known;
    if (this.counters.size === 0) {
      this.clock.after(WINDOW_MS, () => {
        this.close();
      });
    }
    const counter: Counter = { lines: 0, held: undefined };
    this.counters.set(name, counter);
    return counter;
  }
}
