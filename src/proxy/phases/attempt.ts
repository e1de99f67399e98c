import { Injectable } from '@nestjs/common';
import { Balancer } from '../../balancer/balancer.service.js';
import type { Lease, Wish } from '../../balancer/lease.js';
import { ConfigStore } from '../../config/config.store.js';
import type { UpstreamRequest } from '../../egress/upstream-client.js';
import { UpstreamClient } from '../../egress/upstream-client.js';
import { UpstreamFailure } from '../../egress/upstream-failure.js';
import { Fault } from '../../kernel/errors/fault.js';
import { readGoogleError } from '../../kernel/gemini/google-error.js';
import { isAboutCredential, judge, type Verdict } from '../../kernel/gemini/verdict.js';
import type { Answered, Outcome } from '../answered.js';
import { AttemptLoop, type Tried } from '../attempt-loop.js';
import type { Exchange } from '../exchange.js';
import { faultOfFailure } from '../failure-fault.js';
import { type OutboundRequest, outboundRequest, withKey, withModel } from '../outbound-request.js';
import { outcomeOf } from '../outcome.js';
import type { StartedAttempt } from '../started-attempt.js';

type Result = Outcome | { readonly kind: 'failed'; readonly failure: UpstreamFailure };

const REQUEST: Verdict = { scope: 'request' };

const STATED_DELAY = /("retryDelay"\s*:\s*)"[^"]*"/;

/** Phase 7: sends the call until an answer can go to the caller. */
@Injectable()
export class Attempts {
  constructor(
    private readonly loop: AttemptLoop,
    private readonly balancer: Balancer,
    private readonly upstream: UpstreamClient,
    private readonly config: ConfigStore,
  ) {}

  /**
   * The answer that goes to the caller; its first byte has not been sent. `query` replaces what the caller asked with.
   * @throws Fault when no key can be had or upstream gave no answer
   */
  async attempt(exchange: Exchange, query?: string): Promise<Answered> {
    const request = outboundRequest(exchange, this.config.current, query);
    const { last, wish } = await this.loop.run<Result>({
      exchange,
      canRepeat: request.canRepeat,
      attempt: (lease, model, started) => this.send(exchange, withModel(request, exchange, model), lease, started),
    });
    return this.conclude(wish, last);
  }

  private async send(
    exchange: Exchange,
    request: OutboundRequest,
    lease: Lease,
    started: StartedAttempt,
  ): Promise<Tried<Result>> {
    const result = await this.exchangeWith(withKey(request, lease.key.secret), exchange, started);
    const sent = result.kind !== 'failed' || result.failure.sent;
    const verdict = isOwnLimit(exchange, result) ? REQUEST : judgeResult(result);
    return { result, verdict, sent, status: statusOf(result) };
  }

  private async exchangeWith(request: UpstreamRequest, exchange: Exchange, started: StartedAttempt): Promise<Result> {
    const call = this.upstream.send(request);
    exchange.cancel = () => {
      started.end('aborted');
      call.abort();
    };
    try {
      return await outcomeOf(await call.answer);
    } catch (error) {
      if (isOfUpstream(error)) return { kind: 'failed', failure: error };
      throw faultOfFailure(error);
    }
  }

  private conclude(wish: Wish, { result, verdict }: Tried<Result>): Answered {
    if (result.kind === 'failed') throw faultOfFailure(result.failure);
    if (verdict.scope !== 'bucket' && !isAboutCredential(verdict)) return { outcome: result };
    const why = this.balancer.exhausted(wish);
    // These speak of credentials that are not the caller's; its own are good.
    if (isAboutCredential(verdict)) {
      throw why.code === 'keys_exhausted' ? why : new Fault('upstream_credentials_refused');
    }
    return { outcome: withDelay(result, why.retryAfterMs), retryAfterMs: why.retryAfterMs };
  }
}

/** Google's own delay speaks of one project, and is wrong for a spent day (wire facts D.4): ours is true of all keys. */
function withDelay(outcome: Outcome, retryAfterMs: number | undefined): Outcome {
  if (outcome.kind !== 'rejected' || retryAfterMs === undefined) return outcome;
  const body = outcome.body.toString('latin1').replace(STATED_DELAY, `$1"${Math.ceil(retryAfterMs / 1_000)}s"`);
  return { ...outcome, body: Buffer.from(body, 'latin1') };
}

/** Neither that the caller left, nor that the body which it sends broke off or is too large. */
function isOfUpstream(error: unknown): error is UpstreamFailure {
  return error instanceof UpstreamFailure && error.kind !== 'aborted' && !(error.cause instanceof Fault);
}

/**
 * Whether upstream gave up because the caller gave it no more time: that says nothing of upstream. How much of the time
 * it keeps for the way back is not documented.
 */
function isOwnLimit(exchange: Exchange, result: Result): boolean {
  return statusOf(result) === 504 && exchange.elapsedMs() >= exchange.deadlineMs(Infinity) / 2;
}

function judgeResult(result: Result): Verdict {
  switch (result.kind) {
    case 'answered':
      return { scope: 'ok' };
    case 'failed':
      return { scope: 'upstream', reason: result.failure.kind };
    case 'rejected':
      return judge(result.status, readGoogleError(result.body.toString('utf8')));
  }
}

function statusOf(result: Result): number | undefined {
  switch (result.kind) {
    case 'answered':
      return result.answer.status;
    case 'rejected':
      return result.status;
    case 'failed':
      return undefined;
  }
}
