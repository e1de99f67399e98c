import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import type { UpstreamAnswer } from '../../egress/upstream-answer.js';
import { Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import { scanStringFields } from '../../kernel/gemini/json-fields.js';
import { Secret } from '../../kernel/secret.js';
import { isEphemeral } from '../../auth/ephemeral/token-name.js';
import type { Answered } from '../answered.js';
import type { Exchange } from '../exchange.js';
import { Attempts } from '../phases/attempt.js';
import { Redirects } from '../phases/follow.js';
import { Places } from '../phases/place.js';
import { readWhole } from '../whole-answer.js';
import { readTerms, type TokenTerms } from './token-terms.js';

/** Upstream's answer has a name, and the terms at most. */
const ANSWER_BYTES_MAX = 2 * 1024 * 1024;

const NAME: ReadonlySet<string> = new Set(['name']);

/** What came of asking upstream for a token. */
export type Ordered =
  | { readonly kind: 'rejected'; readonly answered: Answered }
  | {
      readonly kind: 'granted';
      readonly terms: TokenTerms;
      /** Google's own token. */
      readonly name: Secret;
      readonly answer: UpstreamAnswer;
      /** The answer's, which nobody may see before the name in it was replaced. */
      readonly body: Buffer;
    };

/** Asks upstream for an ephemeral token on terms that this proxy takes. */
@Injectable()
export class TokenOrder {
  constructor(
    private readonly places: Places,
    private readonly attempts: Attempts,
    private readonly redirects: Redirects,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {}

  /** @throws Fault of the terms, of what they refer to, or of upstream */
  async place(exchange: Exchange): Promise<Ordered> {
    const terms = this.termsOf(exchange);
    exchange.model = terms.asked;
    exchange.body = terms.body;
    await this.places.place(exchange);
    // No query: a field mask could hide the name, which must be read.
    const answered = await this.attempts.attempt(exchange, '');
    exchange.body = undefined;
    const outcome = await this.redirects.follow(exchange, answered.outcome);
    if (outcome.kind === 'rejected') return { kind: 'rejected', answered: { ...answered, outcome } };
    const body = await readWhole(outcome.answer, ANSWER_BYTES_MAX);
    return { kind: 'granted', terms, name: nameIn(body), answer: outcome.answer, body };
  }

  private termsOf({ body, principal }: Exchange): TokenTerms {
    const { aliases } = this.config.current.gemini;
    const latestMs = principal?.expiresAtMs ?? Infinity;
    return readTerms(body, { nowMs: this.clock.now(), latestMs, aliases });
  }
}

function nameIn(body: Buffer): Secret {
  const scan = scanStringFields(body, NAME);
  const name = scan.kind === 'found' ? scan.values.get('name') : undefined;
  if (name === undefined || !isEphemeral(name)) throw new Fault('upstream_truncated');
  return new Secret(name);
}
