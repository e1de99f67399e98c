import { setImmediate } from 'node:timers';
import { type Cancel, Clock } from '../../src/kernel/clock.js';

interface Appointment {
  readonly dueMs: number;
  /** Appointments of one instant are kept in the order in which they were made. */
  readonly number: number;
  /** Undefined once it was cancelled. */
  callback: (() => void) | undefined;
}

/**
 * A clock for long spans with many appointments: it jumps from one to the next, and whatever promises hang on an instant
 * are settled before time goes on.
 */
export class VirtualClock extends Clock {
  private elapsedMs = 0;
  private made = 0;
  private cancelled = 0;
  /** A binary heap: the earliest is first. */
  private readonly heap: Appointment[] = [];

  constructor(private readonly epochMs: number) {
    super();
  }

  now(): number {
    return this.epochMs + this.elapsedMs;
  }

  monotonic(): number {
    return this.elapsedMs;
  }

  after(delayMs: number, callback: () => void): Cancel {
    this.made += 1;
    const appointment: Appointment = {
      dueMs: this.elapsedMs + Math.max(0, Math.ceil(delayMs)),
      number: this.made,
      callback,
    };
    this.push(appointment);
    return () => {
      if (appointment.callback) this.cancelled += 1;
      appointment.callback = undefined;
    };
  }

  /** Resolves after a span of virtual time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Appointments that were neither kept nor cancelled. */
  get pending(): number {
    return this.heap.length - this.cancelled;
  }

  /** Moves time on by `ms`, instant by instant. */
  async run(ms: number): Promise<void> {
    const untilMs = this.elapsedMs + ms;
    await settled();
    for (let first = this.heap[0]; first && first.dueMs <= untilMs; first = this.heap[0]) {
      if (this.keep(first.dueMs)) await settled();
    }
    this.elapsedMs = untilMs;
  }

  /** Keeps all appointments of an instant; false when all of them were cancelled. */
  private keep(dueMs: number): boolean {
    let hasKept = false;
    for (let first = this.heap[0]; first?.dueMs === dueMs; first = this.heap[0]) {
      this.pop();
      const { callback } = first;
      if (!callback) {
        this.cancelled -= 1;
        continue;
      }
      this.elapsedMs = dueMs;
      first.callback = undefined;
      callback();
      hasKept = true;
    }
    return hasKept;
  }

  private push(appointment: Appointment): void {
    const { heap } = this;
    let at = heap.push(appointment) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(heap[at]!, heap[above]!)) return;
      this.swap(at, above);
      at = above;
    }
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right;
      if (least === at) return;
      this.swap(at, least);
      at = least;
    }
  }

  private swap(one: number, other: number): void {
    const { heap } = this;
    [heap[one], heap[other]] = [heap[other]!, heap[one]!];
  }
}

function isBefore(one: Appointment, other: Appointment): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.number < other.number);
}

/** Resolves when no promise has anything to do any more. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
