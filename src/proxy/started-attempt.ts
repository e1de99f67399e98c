import type { UpstreamKey } from '../balancer/keys/upstream-key.js';
import type { Clock } from '../kernel/clock.js';
import type { SettledAttempt } from '../kernel/settled-exchange.js';

/**
 * An attempt on the books from its beginning: upstream may take the call, and bill it, whether or not anybody waits for
 * the answer. The first end is the one that counts.
 */
export class StartedAttempt implements SettledAttempt {
  readonly key: string;
  readonly project: string;
  outcome: SettledAttempt['outcome'] = 'aborted';
  status: number | undefined;
  durationMs = 0;
  private hasEnded = false;
  private readonly startedMs: number;

  constructor(
    { id, project }: UpstreamKey,
    private readonly clock: Clock,
  ) {
    this.key = id;
    this.project = project;
    this.startedMs = clock.monotonic();
  }

  end(outcome: SettledAttempt['outcome'], status?: number): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.outcome = outcome;
    this.status = status;
    this.durationMs = this.clock.monotonic() - this.startedMs;
  }
}
