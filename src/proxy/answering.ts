import { Injectable } from '@nestjs/common';
import type { Answered } from './answered.js';
import type { Exchange } from './exchange.js';
import { Lists } from './lists/lists.js';
import { isAboutTokens, TokenDesk } from './live-tokens/token-desk.js';
import { Answers } from './answers.js';
import { Places } from './phases/place.js';

/** Who answers a call that has been read: the desk of ephemeral tokens, a list over projects, or upstream. */
@Injectable()
export class Answering {
  constructor(
    private readonly tokens: TokenDesk,
    private readonly places: Places,
    private readonly lists: Lists,
    private readonly answers: Answers,
  ) {}

  /** What goes to the caller; its first byte has not been sent. @throws Fault */
  async answer(exchange: Exchange): Promise<Answered> {
    if (isAboutTokens(exchange.route)) return this.tokens.serve(exchange);
    await this.places.place(exchange);
    return (await this.lists.answer(exchange)) ?? this.answers.answer(exchange);
  }
}
