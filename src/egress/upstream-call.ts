import type { Dispatcher } from 'undici';
import type { BodySink, UpstreamAnswer } from './upstream-answer.js';
import { toUpstreamFailure, UpstreamFailure } from './upstream-failure.js';

type Headers = UpstreamAnswer['headers'];

/** Bytes that may wait for a sink before upstream is paused. */
const UNCLAIMED_BYTES_MAX = 64 * 1024;

/**
 * One request on its way: settles `answer` when headers arrive and then feeds the body to a sink without a stream in
 * between. Implements the dispatch handler of undici.
 */
export class UpstreamCall implements Dispatcher.DispatchHandler, UpstreamAnswer {
  readonly answer: Promise<UpstreamAnswer>;
  status = 0;
  headers: Headers = {};
  private resolve!: (answer: UpstreamAnswer) => void;
  private reject!: (failure: UpstreamFailure) => void;
  /** Let go at the end: it holds the connection, and would carry every call into the old generation of the heap. */
  private controller: Dispatcher.DispatchController | undefined;
  private sink: BodySink | undefined;
  private unclaimed: Buffer[] = [];
  private unclaimedBytes = 0;
  private end: 'open' | 'ended' | UpstreamFailure = 'open';
  private aborted = false;

  constructor() {
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Stops the call wherever it is; a pending `answer` rejects, and a sink fails, with kind `aborted`. */
  abort(): void {
    if (this.aborted || this.end !== 'open') return;
    this.aborted = true;
    const failure = new UpstreamFailure('aborted', this.controller !== undefined, undefined);
    this.end = failure;
    this.reject(failure);
    this.controller?.abort(failure);
    this.sink?.fail(failure);
  }

  pipe(sink: BodySink): void {
    const paused = this.unclaimedBytes > UNCLAIMED_BYTES_MAX;
    let wantsMore = true;
    for (const chunk of this.unclaimed) wantsMore = sink.data(chunk);
    this.unclaimed = [];
    if (this.end === 'ended') sink.end();
    else if (this.end !== 'open') sink.fail(this.end);
    else {
      this.sink = sink;
      if (paused && wantsMore) this.controller?.resume();
      if (!paused && !wantsMore) this.controller?.pause();
    }
  }

  resume(): void {
    this.controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.aborted) controller.abort(new UpstreamFailure('aborted', false, undefined));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    this.resolve(this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.aborted || this.end !== 'open') return;
    if (this.sink) {
      if (!this.sink.data(chunk)) controller.pause();
      return;
    }
    this.unclaimed.push(chunk);
    this.unclaimedBytes += chunk.length;
    if (this.unclaimedBytes > UNCLAIMED_BYTES_MAX) controller.pause();
  }

  onResponseEnd(): void {
    this.end = 'ended';
    this.controller = undefined;
    this.sink?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.aborted) return;
    const failure = toUpstreamFailure(error, this.controller !== undefined);
    this.controller = undefined;
    this.end = failure;
    this.reject(failure);
    this.sink?.fail(failure);
  }
}
