import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import type { UpstreamAnswer } from '../../egress/upstream-answer.js';
import { namesIn } from '../../kernel/gemini/answer-names.js';
import { interactionIdIn } from '../../kernel/gemini/interaction-stream.js';
import { edited } from '../../kernel/gemini/json-edits.js';
import { madeBy, type ResourceKind } from '../../kernel/gemini/resource.js';
import type { Surface } from '../../kernel/gemini/surface.js';
import type { Exchange } from '../exchange.js';
import { fileAddresses } from '../file-addresses.js';
import { Possessions } from '../possessions.js';
import { TokenGate } from '../token-gate.js';
import { type Ahead, readAhead, withBody } from '../whole-answer.js';

/** Answers that tell of resources are far smaller, but for results of batches that stand in them. */
const WHOLE_BYTES_MAX = 1024 * 1024;

/** The first event of an interaction, which tells its id, has a few hundred bytes. */
const BEGINNING_BYTES_MAX = 256 * 1024;

/** Where answers tell the token that continues them. */
const TOKEN_FIELDS: Readonly<Partial<Record<Surface, string>>> = {
  native: 'continuationToken',
  interactions: 'continuation_token',
};

/**
 * Takes note of what an answer gives to its caller, before the caller gets it: who makes something owns it, and who owns
 * an operation owns what comes of it. Points the URIs of files at the proxy.
 */
@Injectable()
export class Ownership {
  constructor(
    private readonly possessions: Possessions,
    private readonly config: ConfigStore,
  ) {}

  /** The answer as it goes to the caller. @throws Fault ownership_unavailable, or that of an answer that broke off */
  async note(exchange: Exchange, answer: UpstreamAnswer): Promise<UpstreamAnswer> {
    if (answer.status >= 300) return answer;
    try {
      return await this.noted(exchange, answer);
    } catch (error) {
      answer.abort();
      throw error;
    }
  }

  private async noted(exchange: Exchange, answer: UpstreamAnswer): Promise<UpstreamAnswer> {
    const { method } = exchange.arrival.request;
    if (method === 'DELETE') {
      await this.possessions.forget(exchange);
      return answer;
    }
    await this.possessions.claim(exchange);
    if (method === 'HEAD' || answer.headers['content-encoding'] !== undefined) return answer;
    if (beginsInteraction(exchange, answer)) return this.gated(exchange, await this.begun(exchange, answer));
    if (tellsOfResources(exchange, answer)) return this.gated(exchange, await this.told(exchange, answer));
    return this.gated(exchange, answer);
  }

  /** Holds a stream of an interaction until its id was told and noted. */
  private async begun(exchange: Exchange, answer: UpstreamAnswer): Promise<UpstreamAnswer> {
    const hasId = (beginning: Buffer): boolean => interactionIdIn(beginning) !== undefined;
    const ahead = await readAhead(answer, BEGINNING_BYTES_MAX, hasId);
    const id = interactionIdIn(bytesOf(ahead));
    if (id !== undefined) {
      const resource = { kind: 'interactions', name: `interactions/${id}` } as const;
      await this.possessions.recordNew(exchange, [{ resource }]);
    }
    return ahead.kind === 'whole' ? withBody(answer, ahead.body) : ahead.answer;
  }

  /** Reads what an answer tells of resources; one that is too large is looked into as far as it was read. */
  private async told(exchange: Exchange, answer: UpstreamAnswer): Promise<UpstreamAnswer> {
    const ahead = await readAhead(answer, WHOLE_BYTES_MAX);
    const bytes = bytesOf(ahead);
    const addresses = fileAddresses(exchange, this.config.current);
    const { resources, edits } = namesIn(bytes, {
      addresses,
      kind: kindOf(exchange),
      hasLabels: exchange.route.surface !== 'native',
    });
    if (exchange.route.subject.kind === 'creation') await this.possessions.recordNew(exchange, resources);
    else await this.possessions.recordRevealed(exchange, resources);
    return ahead.kind === 'whole' ? withBody(answer, edited(bytes, edits)) : ahead.answer;
  }

  /** Holds each continuation token of a model's answer until it was noted. */
  private gated(exchange: Exchange, answer: UpstreamAnswer): UpstreamAnswer {
    const { surface, traits } = exchange.route;
    const field = traits.billable || surface === 'interactions' ? TOKEN_FIELDS[surface] : undefined;
    if (field === undefined) return answer;
    return new TokenGate(answer, field, (token) => this.possessions.noteToken(exchange, token));
  }
}

function beginsInteraction({ route: { subject } }: Exchange, { headers }: UpstreamAnswer): boolean {
  const isNew = subject.kind === 'creation' && subject.of === 'interactions';
  return isNew && String(headers['content-type']).startsWith('text/event-stream');
}

/** Whether an answer is about a resource itself: neither its bytes, nor what a model says. */
function tellsOfResources({ route, arrival }: Exchange, { headers }: UpstreamAnswer): boolean {
  const { subject, surface, traits, method, path } = route;
  if (!/^application\/json/i.test(String(headers['content-type']))) return false;
  if (subject.kind === 'creation') return subject.of !== 'auth_tokens';
  if (subject.kind !== 'resource' || surface === 'download') return false;
  if (arrival.query.alt === 'media' || (surface === 'openai' && path.endsWith('/content'))) return false;
  return !traits.billable || madeBy(method) !== undefined;
}

/** What an `id` without a collection is in the answer. */
function kindOf({ route: { subject } }: Exchange): ResourceKind {
  if (subject.kind === 'resource') return subject.resource.kind;
  return subject.kind === 'creation' ? subject.of : 'files';
}

function bytesOf(ahead: Ahead): Buffer {
  return ahead.kind === 'whole' ? ahead.body : ahead.beginning;
}
