import type { BodySink, UpstreamAnswer } from '../egress/upstream-answer.js';
import type { UpstreamFailure } from '../egress/upstream-failure.js';
import { FieldTap } from '../kernel/gemini/field-tap.js';

/** A long stream tells a token at each place where it could be resumed; so many are noted of one answer. */
const TOKENS_MAX = 100;

/**
 * An answer that holds back each token which it tells in a field until the token has been noted: the caller must not
 * use it before. Not a byte is altered.
 */
export class TokenGate implements UpstreamAnswer, BodySink {
  readonly status: number;
  readonly headers: UpstreamAnswer['headers'];
  private readonly tap: FieldTap;
  private sink!: BodySink;
  private last: unknown;
  private noted = 0;
  /** What waits while a token is noted. */
  private held: Buffer[] | undefined;
  private state: 'open' | 'ended' | UpstreamFailure = 'open';

  constructor(
    private readonly answer: UpstreamAnswer,
    private readonly field: string,
    /** Must not reject. */
    private readonly note: (token: string) => Promise<void>,
  ) {
    this.status = answer.status;
    this.headers = answer.headers;
    this.tap = new FieldTap([field]);
  }

  pipe(sink: BodySink): void {
    this.sink = sink;
    this.answer.pipe(this);
  }

  resume(): void {
    if (!this.held) this.answer.resume();
  }

  abort(): void {
    this.answer.abort();
  }

  data(chunk: Buffer): boolean {
    if (!this.held) return this.pass(chunk);
    this.held.push(chunk);
    return false;
  }

  end(): void {
    this.state = 'ended';
    if (!this.held) this.sink.end();
  }

  fail(failure: UpstreamFailure): void {
    this.state = failure;
    if (!this.held) this.sink.fail(failure);
  }

  private pass(chunk: Buffer): boolean {
    this.tap.push(chunk);
    const token = this.tap.value(this.field);
    if (typeof token !== 'string' || token === this.last || this.noted === TOKENS_MAX) return this.sink.data(chunk);
    this.last = token;
    this.noted += 1;
    const held = [chunk];
    this.held = held;
    void this.note(token).then(() => {
      this.release(held);
    });
    return false;
  }

  /** What waited goes on, until it tells another token. */
  private release([told, ...rest]: Buffer[]): void {
    this.held = undefined;
    let wantsMore = told === undefined || this.sink.data(told);
    for (const chunk of rest) wantsMore = this.data(chunk) && wantsMore;
    if (!this.isHolding()) this.goOn(wantsMore);
  }

  private isHolding(): boolean {
    return this.held !== undefined;
  }

  private goOn(wantsMore: boolean): void {
    if (this.state === 'ended') this.sink.end();
    else if (this.state !== 'open') this.sink.fail(this.state);
    else if (wantsMore) this.answer.resume();
  }
}
