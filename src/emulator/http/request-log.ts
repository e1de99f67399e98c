import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../kernel/clock.js';

/** What the emulator saw of one request. Times are milliseconds of the emulator's clock. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query, as received. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly key: string | undefined;
  /** The project's id; undefined for a refused key. */
  readonly project: string | undefined;
  readonly bodyBytes: number;
  /** The first bytes of the body as text; undefined while none came. */
  readonly body: string | undefined;
  readonly startedAt: number;
  /** The answer's status; undefined while it has none. */
  readonly status: number | undefined;
  /** The answer was written completely. */
  readonly finished: boolean;
  /** The caller left before the answer was complete. */
  readonly aborted: boolean;
  readonly abortedAt: number | undefined;
}

/** A record that is still being filled in. */
export type OpenRecord = { -readonly [Field in keyof RecordedRequest]: RecordedRequest[Field] };

interface Waiter {
  readonly predicate: (request: RecordedRequest) => boolean;
  readonly found: (request: RecordedRequest) => void;
}

/** The latest requests, oldest first, and those who wait for one. */
export class RequestLog {
  readonly requests: OpenRecord[] = [];
  private readonly waiters = new Set<Waiter>();

  constructor(
    private readonly maxRequests: number,
    readonly maxBodyBytes: number,
    private readonly clock: Clock,
  ) {}

  add(record: OpenRecord): void {
    this.requests.push(record);
    if (this.requests.length > this.maxRequests) this.requests.shift();
    this.changed(record);
  }

  /** Tells those who wait that a record has something new. */
  changed(record: OpenRecord): void {
    for (const waiter of this.waiters) {
      if (!waiter.predicate(record)) continue;
      this.waiters.delete(waiter);
      waiter.found(record);
    }
  }

  /** The first request, recorded or to come, that satisfies the predicate; rejects after `timeoutMs`. */
  waitFor(predicate: (request: RecordedRequest) => boolean, timeoutMs: number): Promise<RecordedRequest> {
    const known = this.requests.find(predicate);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(timeoutMs, () => {
        this.waiters.delete(waiter);
        const seen = this.requests.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`).join(', ');
        reject(new Error(`no such request within ${timeoutMs} ms; seen: ${seen || 'none'}`));
      });
      const waiter: Waiter = {
        predicate,
        found: (request) => {
          cancel();
          resolve(request);
        },
      };
      this.waiters.add(waiter);
    });
  }

  clear(): void {
    this.requests.length = 0;
  }
}
