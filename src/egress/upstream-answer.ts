import type { UpstreamFailure } from './upstream-failure.js';

/** Takes the body of an answer as it arrives; exactly one of `end` and `fail` is called, last. */
export interface BodySink {
  /** False asks for a pause until `resume` is called on the answer. */
  data(chunk: Buffer): boolean;
  end(): void;
  fail(failure: UpstreamFailure): void;
}

/** An answer whose headers have arrived. Its body flows into one sink, which must be attached. */
export interface UpstreamAnswer {
  readonly status: number;
  /** Names are lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  pipe(sink: BodySink): void;
  resume(): void;
  /** Closes the connection; the sink fails with kind `aborted`. After the end it does nothing. */
  abort(): void;
}
