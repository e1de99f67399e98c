import { Injectable } from '@nestjs/common';
import type { UpstreamAnswer } from '../../egress/upstream-answer.js';
import { Fault } from '../../kernel/errors/fault.js';
import type { Answered } from '../answered.js';
import type { Exchange } from '../exchange.js';
import { withBody } from '../whole-answer.js';
import { ListFanOut } from './list-fan-out.js';
import { ModelList } from './model-list.js';
import { UpstreamRejection } from './upstream-rejection.js';

/** What a HEAD is told: upstream would answer it with nothing to make a list of. */
const HEAD_ANSWER: UpstreamAnswer = {
  status: 200,
  headers: { 'content-type': 'application/json; charset=UTF-8' },
  pipe: (sink) => {
    sink.end();
  },
  resume: () => undefined,
  abort: () => undefined,
};

/** Makes the JSON of an answer. */
type Maker = () => Promise<Buffer>;

/** Answers what no single answer of upstream says: lists of what a caller owns, and of the models that it may use. */
@Injectable()
export class Lists {
  constructor(
    private readonly fanOut: ListFanOut,
    private readonly models: ModelList,
  ) {}

  /** The answer that goes to the caller; undefined when the call asks for none of these. @throws Fault */
  async answer(exchange: Exchange): Promise<Answered | undefined> {
    const make = this.makerOf(exchange);
    if (!make) return undefined;
    try {
      const isHead = exchange.arrival.request.method === 'HEAD';
      const answer = isHead ? HEAD_ANSWER : withBody(HEAD_ANSWER, await make());
      // The call may have ended, or have been ended, meanwhile.
      if (exchange.isClosed || exchange.fault) throw new Fault('caller_gone');
      return { outcome: { kind: 'answered', answer } };
    } catch (error) {
      if (error instanceof UpstreamRejection) return { outcome: error.outcome, retryAfterMs: error.retryAfterMs };
      throw error;
    }
  }

  private makerOf(exchange: Exchange): Maker | undefined {
    const { subject } = exchange.route;
    // Nobody is told of Google's own ephemeral tokens.
    if (subject.kind === 'list' && subject.of !== 'auth_tokens') return () => this.fanOut.page(exchange, subject.of);
    const question = this.models.questionOf(exchange);
    return question && (async () => Buffer.from(JSON.stringify(await this.models.answer(exchange, question))));
  }
}
