import { Injectable } from '@nestjs/common';
import type { Lease, Wish } from '../../balancer/lease.js';
import { Balancer } from '../../balancer/balancer.service.js';
import { ConfigStore } from '../../config/config.store.js';
import { UpstreamClient } from '../../egress/upstream-client.js';
import { UpstreamFailure } from '../../egress/upstream-failure.js';
import { Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import { readGoogleError } from '../../kernel/gemini/google-error.js';
import { isAboutCredential, judge, type Verdict } from '../../kernel/gemini/verdict.js';
import { fullJitterMs } from '../../kernel/resilience/backoff.js';
import type { Answered, Outcome } from '../answered.js';
import { outcomeOf } from '../outcome.js';
import type { Exchange } from '../exchange.js';
import { faultOfFailure } from '../failure-fault.js';
import { StartedAttempt } from '../started-attempt.js';
import { type OutboundRequest, outboundRequest, withKey } from '../outbound-request.js';
import { countsAsAttempt, type NextStep, nextStep } from '../retry-policy.js';

type Tried = Outcome | { readonly kind: 'failed'; readonly failure: UpstreamFailure };

interface Attempt {
  readonly outcome: Tried;
  readonly verdict: Verdict;
  /** False only when upstream provably saw nothing of the request. */
  readonly sent: boolean;
}

/** Phase 7: leases a key, sends, judges the answer, settles the lease, and tries again where that is safe. */
@Injectable()
export class Attempts {
  constructor(
    private readonly balancer: Balancer,
    private readonly upstream: UpstreamClient,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {}

  /**
   * The answer that goes to the caller; its first byte has not been sent.
   * @throws Fault when no key can be had or upstream gave no answer
   */
  async attempt(exchange: Exchange): Promise<Answered> {
    const request = outboundRequest(exchange, this.config.current);
    const { billable } = exchange.route.traits;
    const wish: Wish = { model: exchange.model, billable, pinnedKey: exchange.arrival.uploadSession?.key };
    const tried = new Set<string>();
    let counted = 0;
    let last: Attempt | undefined;
    for (;;) {
      const lease = this.balancer.lease(wish, tried);
      if (!lease) return this.giveUp(wish, last);
      last = await this.try(exchange, request, lease);
      counted += countsAsAttempt(last.verdict) ? 1 : 0;
      const step = this.next(exchange, request, last, counted);
      if (step === 'relay') return this.conclude(wish, last);
      if (step === 'another_key' || !last.sent) tried.add(lease.key.id);
      if (step === 'pause') await this.pause(exchange, wish, tried, counted);
    }
  }

  private next(exchange: Exchange, request: OutboundRequest, { verdict, sent }: Attempt, counted: number): NextStep {
    const { traits } = exchange.route;
    const facts = { verdict, sent, traits, canRepeat: request.canRepeat, counted };
    return nextStep(facts, this.config.current.gemini.retry);
  }

  private async try(exchange: Exchange, request: OutboundRequest, lease: Lease): Promise<Attempt> {
    if (exchange.isClosed) throw new Fault('caller_gone');
    exchange.key = lease.key;
    const started = new StartedAttempt(lease.key, this.clock);
    exchange.attempts.push(started);
    try {
      const outcome = await this.send(exchange, request, lease, started);
      const verdict = judgeOutcome(outcome);
      lease.settle(verdict);
      started.end(verdict.scope, statusOf(outcome));
      return { outcome, verdict, sent: outcome.kind !== 'failed' || outcome.failure.sent };
    } catch (error) {
      lease.settle({ scope: 'request' });
      throw error;
    }
  }

  private async send(
    exchange: Exchange,
    request: OutboundRequest,
    lease: Lease,
    started: StartedAttempt,
  ): Promise<Tried> {
    const call = this.upstream.send(withKey(request, lease.key.secret));
    exchange.cancel = () => {
      started.end('aborted');
      call.abort();
    };
    try {
      return await outcomeOf(await call.answer);
    } catch (error) {
      if (error instanceof UpstreamFailure && error.kind !== 'aborted') return { kind: 'failed', failure: error };
      throw faultOfFailure(error);
    }
  }

  /** No other key is left: the caller gets the last answer, or hears why there is none. */
  private giveUp(wish: Wish, last: Attempt | undefined): Answered {
    if (!last) throw this.balancer.exhausted(wish);
    return this.conclude(wish, last);
  }

  private conclude(wish: Wish, { outcome, verdict }: Attempt): Answered {
    if (outcome.kind === 'failed') throw faultOfFailure(outcome.failure);
    if (verdict.scope !== 'bucket' && !isAboutCredential(verdict)) return { outcome };
    const why = this.balancer.exhausted(wish);
    // These speak of credentials that are not the caller's; its own are good.
    if (isAboutCredential(verdict)) {
      throw why.code === 'keys_exhausted' ? why : new Fault('upstream_credentials_refused');
    }
    return { outcome, retryAfterMs: why.retryAfterMs };
  }

  /** Waits before the next try. An endpoint that nobody reached is the same for every key: all may be tried again. */
  private pause(exchange: Exchange, wish: Wish, tried: Set<string>, counted: number): Promise<void> {
    if (!this.balancer.hasCandidate(wish, tried)) tried.clear();
    const delayMs = fullJitterMs(this.config.current.gemini.retry.backoff, counted);
    return new Promise((resolve, reject) => {
      const stop = this.clock.after(delayMs, resolve);
      exchange.cancel = () => {
        stop();
        reject(new Fault('caller_gone'));
      };
    });
  }
}

function judgeOutcome(outcome: Tried): Verdict {
  switch (outcome.kind) {
    case 'answered':
      return { scope: 'ok' };
    case 'failed':
      return { scope: 'upstream', reason: outcome.failure.kind };
    case 'rejected':
      return judge(outcome.status, readGoogleError(outcome.body.toString('utf8')));
  }
}

function statusOf(outcome: Tried): number | undefined {
  switch (outcome.kind) {
    case 'answered':
      return outcome.answer.status;
    case 'rejected':
      return outcome.status;
    case 'failed':
      return undefined;
  }
}
