import type { BodySink, UpstreamAnswer } from '../egress/upstream-answer.js';
import type { UpstreamFailure } from '../egress/upstream-failure.js';
import { Fault } from '../kernel/errors/fault.js';
import { faultOfFailure } from './failure-fault.js';

/** What reading ahead brought. */
export type Ahead =
  /** The answer has ended; this is its body. */
  | { readonly kind: 'whole'; readonly body: Buffer }
  /** There is more: the answer tells its beginning once again to whoever it is piped to. */
  | { readonly kind: 'begun'; readonly beginning: Buffer; readonly answer: UpstreamAnswer };

/** Tells from the beginning of an answer whether it is enough. */
type Enough = (beginning: Buffer) => boolean;

/**
 * Reads the body of an answer to its end. @throws Fault answer_too_large beyond `maxBytes`, after which upstream is
 * stopped, or that of an answer that broke off
 */
export async function readWhole(answer: UpstreamAnswer, maxBytes: number): Promise<Buffer> {
  const ahead = await readAhead(answer, maxBytes);
  if (ahead.kind === 'whole') return ahead.body;
  answer.abort();
  throw new Fault('answer_too_large');
}

/**
 * Reads an answer until `enough` is content, it ends, or more than `maxBytes` have come; upstream then waits. With
 * `enough`, one that breaks off is a beginning too, behind which it fails. @throws Fault of one that broke off
 */
export function readAhead(answer: UpstreamAnswer, maxBytes: number, enough?: Enough): Promise<Ahead> {
  return new Promise((resolve, reject) => {
    answer.pipe(new AheadReader(answer, { maxBytes, enough, resolve, reject }));
  });
}

/** An answer with another body in the place of its own. */
export function withBody(answer: UpstreamAnswer, body: Buffer): UpstreamAnswer {
  return {
    status: answer.status,
    headers: { ...answer.headers, 'content-length': String(body.length) },
    pipe: (sink) => {
      if (body.length > 0) sink.data(body);
      sink.end();
    },
    resume: () => undefined,
    abort: () => undefined,
  };
}

/** The headers had arrived, so the answer had begun. */
function faultOfBreak(failure: UpstreamFailure): Fault {
  return failure.kind === 'reset' ? new Fault('upstream_truncated', { cause: failure }) : faultOfFailure(failure);
}

interface Reading {
  readonly maxBytes: number;
  readonly enough?: Enough;
  readonly resolve: (ahead: Ahead) => void;
  readonly reject: (fault: Fault) => void;
}

/** Takes the beginning of an answer, and later hands it, and what follows, to the sink that it gets. */
class AheadReader implements BodySink, UpstreamAnswer {
  readonly status: number;
  readonly headers: UpstreamAnswer['headers'];
  private chunks: Buffer[] = [];
  private bytes = 0;
  private isRead = false;
  private sink: BodySink | undefined;
  private state: 'open' | 'ended' | UpstreamFailure = 'open';

  constructor(
    private readonly answer: UpstreamAnswer,
    private readonly reading: Reading,
  ) {
    this.status = answer.status;
    this.headers = answer.headers;
  }

  data(chunk: Buffer): boolean {
    if (this.sink) return this.sink.data(chunk);
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.isRead) return false;
    const { maxBytes, enough, resolve } = this.reading;
    this.isRead = this.bytes > maxBytes || enough?.(this.beginning()) === true;
    if (this.isRead) resolve({ kind: 'begun', beginning: this.beginning(), answer: this });
    return !this.isRead;
  }

  end(): void {
    this.state = 'ended';
    this.reading.resolve({ kind: 'whole', body: this.beginning() });
    this.sink?.end();
  }

  fail(failure: UpstreamFailure): void {
    this.state = failure;
    if (this.reading.enough && failure.kind !== 'aborted') {
      this.reading.resolve({ kind: 'begun', beginning: this.beginning(), answer: this });
    } else this.reading.reject(faultOfBreak(failure));
    this.sink?.fail(failure);
  }

  pipe(sink: BodySink): void {
    const wantsMore = sink.data(this.beginning());
    this.chunks = [];
    if (this.state === 'ended') sink.end();
    else if (this.state !== 'open') sink.fail(this.state);
    else {
      this.sink = sink;
      if (wantsMore) this.answer.resume();
    }
  }

  resume(): void {
    this.answer.resume();
  }

  abort(): void {
    this.answer.abort();
  }

  private beginning(): Buffer {
    const [first, second] = this.chunks;
    if (first && !second) return first;
    const beginning = Buffer.concat(this.chunks, this.bytes);
    this.chunks = [beginning];
    return beginning;
  }
}
