import { type Cancel, Clock } from '../../src/kernel/clock.js';

interface Appointment {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that moves only when a test says so; callbacks run inside `advance`, earliest first. */
export class ManualClock extends Clock {
  private elapsedMs = 0;
  private appointments: Appointment[] = [];

  constructor(private readonly epochMs = Date.UTC(2026, 0, 1)) {
    super();
  }

  now(): number {
    return this.epochMs + this.elapsedMs;
  }

  monotonic(): number {
    return this.elapsedMs;
  }

  after(delayMs: number, callback: () => void): Cancel {
    const appointment = { dueMs: this.elapsedMs + Math.max(0, delayMs), callback };
    this.appointments.push(appointment);
    return () => {
      this.appointments = this.appointments.filter((other) => other !== appointment);
    };
  }

  /** How many callbacks wait for their time. */
  get pending(): number {
    return this.appointments.length;
  }

  /** Moves time on by `ms` and runs everything that falls due on the way, also what is scheduled meanwhile. */
  advance(ms: number): void {
    const untilMs = this.elapsedMs + ms;
    for (let next = this.nextDue(untilMs); next; next = this.nextDue(untilMs)) {
      const due = next;
      this.appointments = this.appointments.filter((other) => other !== due);
      this.elapsedMs = Math.max(this.elapsedMs, due.dueMs);
      due.callback();
    }
    this.elapsedMs = untilMs;
  }

  private nextDue(untilMs: number): Appointment | undefined {
    return this.appointments
      .filter(({ dueMs }) => dueMs <= untilMs)
      .reduce<Appointment | undefined>(
        (first, other) => (first && first.dueMs <= other.dueMs ? first : other),
        undefined,
      );
  }
}
