import { Injectable } from '@nestjs/common';
import type { BodySink, UpstreamAnswer } from '../../egress/upstream-answer.js';
import type { UpstreamFailure } from '../../egress/upstream-failure.js';
import { Fault } from '../../kernel/errors/fault.js';
import { judgeStreamError } from '../../kernel/gemini/stream-error.js';
import { type Framing, StreamTail } from '../../kernel/gemini/stream-tail.js';
import { headersForCaller } from '../../kernel/http/headers.js';
import { AnswerAccount } from '../answer-account.js';
import type { Rejected } from '../answered.js';
import type { Exchange } from '../exchange.js';
import type { HttpReply } from '../http-reply.js';
import { UploadUrls } from '../uploads/upload-urls.js';

const LF = 0x0a;

/** Phase 8: hands the answer to the caller with back-pressure, and watches it go by. */
@Injectable()
export class Relay {
  constructor(private readonly uploadUrls: UploadUrls) {}

  /** Sends an error answer of upstream: the same status and body, without anything that looks like a key. */
  relayRejection(exchange: Exchange, reply: HttpReply, outcome: Rejected, retryAfterMs: number | undefined): void {
    const body = exchange.scrubber.bytes(outcome.body);
    const headers = exchange.scrubber.headers(this.uploadUrls.withhold(headersForCaller(outcome.headers, false)));
    delete headers['content-encoding'];
    headers['content-length'] = String(body.length);
    if (retryAfterMs !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
    exchange.markFirstByte();
    reply.begin(outcome.status, headers, exchange.requestId);
    reply.response.end(reply.response.req.method === 'HEAD' ? undefined : body);
  }

  /** Starts to relay a good answer; it goes on by itself until the response closes. */
  relayAnswer(exchange: Exchange, reply: HttpReply, answer: UpstreamAnswer): void {
    const isPlain = answer.headers['content-encoding'] === undefined;
    exchange.cancel = () => {
      answer.abort();
    };
    const framing = isPlain ? framingOf(exchange, answer) : undefined;
    // An error inside a stream is scrubbed, which may change its length.
    const kept = headersForCaller(answer.headers, framing === undefined);
    const headers = this.uploadUrls.rewrite(exchange, exchange.scrubber.headers(kept), answer.headers);
    const { surface, traits } = exchange.route;
    if (isPlain && traits.billable) exchange.account = new AnswerAccount(surface);
    reply.framing = framing;
    reply.begin(answer.status, headers, exchange.requestId);
    // The first event of a model that thinks may be a minute away; a whole answer leaves with its headers in one write.
    if (framing !== undefined) reply.response.flushHeaders();
    answer.pipe(
      new CallerSink(
        exchange,
        reply,
        answer,
        framing && new StreamTail(framing, (bytes) => exchange.scrubber.bytes(bytes)),
      ),
    );
  }
}

/** Writes an answer's body to the caller. */
class CallerSink implements BodySink {
  constructor(
    private readonly exchange: Exchange,
    private readonly reply: HttpReply,
    private readonly answer: UpstreamAnswer,
    private readonly tail: StreamTail | undefined,
  ) {}

  data(chunk: Buffer): boolean {
    this.exchange.account?.push(chunk);
    const pass = this.tail ? this.tail.push(chunk) : chunk;
    if (pass.length === 0) return true;
    this.exchange.markFirstByte();
    this.reply.relayed = pass[pass.length - 1] === LF ? 'whole_lines' : 'half_a_line';
    const { response } = this.reply;
    if (response.write(pass)) return true;
    response.once('drain', () => {
      this.answer.resume();
    });
    return false;
  }

  end(): void {
    if (!this.tail?.begun) {
      this.reply.response.end();
      return;
    }
    const error = this.tail.end();
    this.exchange.truncated = true;
    this.exchange.lease?.heard(judgeStreamError(error));
    this.reply.endWith(error);
  }

  fail(failure: UpstreamFailure): void {
    // Whoever stopped it has said why.
    if (failure.kind === 'aborted') return;
    const code = failure.kind === 'timeout' ? 'upstream_timeout' : 'upstream_truncated';
    void this.exchange.fail(new Fault(code, { cause: failure }));
  }
}

function framingOf(exchange: Exchange, answer: UpstreamAnswer): Framing | undefined {
  if (String(answer.headers['content-type']).startsWith('text/event-stream')) return 'events';
  return exchange.route.method === 'streamGenerateContent' ? 'array' : undefined;
}
