import { Injectable } from '@nestjs/common';
import { Fault } from '../kernel/errors/fault.js';
import type { Answered } from './answered.js';
import type { Exchange } from './exchange.js';
import { Attempts } from './phases/attempt.js';
import { Redirects } from './phases/follow.js';
import { Ownership } from './phases/own.js';

/** The phases by which a call gets the answer that goes to its caller: attempt, follow, own. */
@Injectable()
export class Answers {
  constructor(
    private readonly attempts: Attempts,
    private readonly redirects: Redirects,
    private readonly ownership: Ownership,
  ) {}

  /** Attempts, follows redirects, and notes what the answer gives; its first byte has not been sent. @throws Fault */
  async answer(exchange: Exchange): Promise<Answered> {
    const answered = await this.attempts.attempt(exchange);
    exchange.body = undefined;
    const outcome = await this.redirects.follow(exchange, answered.outcome);
    if (outcome.kind === 'rejected') return { ...answered, outcome };
    const answer = await this.ownership.note(exchange, outcome.answer);
    if (exchange.isClosed || exchange.fault) {
      // The call has ended, or was ended, while the answer was noted.
      answer.abort();
      throw new Fault('caller_gone');
    }
    return { outcome: { kind: 'answered', answer } };
  }
}
