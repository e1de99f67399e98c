import type { Cancel, Clock } from '../../kernel/clock.js';

/** Work that is done again and again. */
export interface Repetition {
  readonly clock: Clock;
  /** Milliseconds from the end of one run to the next; asked anew each time. */
  readonly intervalMs: () => number;
  readonly work: () => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/** Does the work after each interval, until the returned function is called; what it throws ends nothing. */
export function repeat({ clock, intervalMs, work, failed }: Repetition): Cancel {
  let stopped = false;
  let cancel: Cancel = () => undefined;
  const run = async (): Promise<void> => {
    await work().catch(failed);
    schedule();
  };
  const schedule = (): void => {
    if (!stopped) cancel = clock.after(intervalMs(), () => void run());
  };
  schedule();
  return () => {
    stopped = true;
    cancel();
  };
}
