import { Injectable } from '@nestjs/common';
import { Balancer } from '../balancer/balancer.service.js';
import type { Lease, Wish } from '../balancer/lease.js';
import { ConfigStore } from '../config/config.store.js';
import { Clock } from '../kernel/clock.js';
import { Fault } from '../kernel/errors/fault.js';
import type { Verdict } from '../kernel/gemini/verdict.js';
import { fullJitterMs } from '../kernel/resilience/backoff.js';
import { RetryBudget } from '../kernel/resilience/retry-budget.js';
import { Course } from './course.js';
import type { Exchange } from './exchange.js';
import { countsAsAttempt, type NextStep, nextStep } from './retry-policy.js';
import { StartedAttempt } from './started-attempt.js';

/** What one attempt brought. */
export interface Tried<T> {
  readonly result: T;
  readonly verdict: Verdict;
  /** False only when upstream provably saw nothing of the request. */
  readonly sent: boolean;
  /** Upstream's HTTP status, where one came. */
  readonly status: number | undefined;
}

/** What is attempted. */
export interface Task<T> {
  readonly exchange: Exchange;
  /** False when the body is a stream, which can be sent once. */
  readonly canRepeat: boolean;
  /** Makes one attempt with a model. @throws Fault when the caller has left or the request itself is at fault */
  attempt(lease: Lease, model: string | undefined, started: StartedAttempt): Promise<Tried<T>>;
}

/** The last attempt of a call, and what it wished for. */
export interface Finished<T> {
  readonly last: Tried<T>;
  readonly wish: Wish;
}

/**
 * Leases a key, attempts, judges, and goes on to another key, another try, another model or a wait where that is safe.
 * The one loop for HTTP calls and Live sessions.
 */
@Injectable()
export class AttemptLoop {
  private readonly budget = new RetryBudget();

  constructor(
    private readonly balancer: Balancer,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {}

  /** The attempt whose outcome goes to the caller. @throws Fault when no key can be had at all, or the caller has left */
  async run<T>(task: Task<T>): Promise<Finished<T>> {
    const { exchange } = task;
    const course = Course.of(exchange, this.config.current);
    this.budget.deposit(this.config.current.gemini.retry.budget);
    let last: Tried<T> | undefined;
    for (;;) {
      mustGoOn(exchange);
      const lease = await this.nextLease(exchange, course, last?.verdict);
      if (hasEnded(exchange)) lease?.end();
      mustGoOn(exchange);
      if (!lease) return this.giveUp(course, last);
      last = await this.attempt(task, course, lease);
      const step = this.next(task, course, last);
      if (step === 'relay') return { last, wish: course.wish };
      mustGoOn(exchange);
      if (!(await this.take(step, exchange, course, lease, last))) return { last, wish: course.wish };
    }
  }

  private giveUp<T>({ wish }: Course, last: Tried<T> | undefined): Finished<T> {
    if (!last) throw this.balancer.exhausted(wish);
    return { last, wish };
  }

  private async attempt<T>(task: Task<T>, course: Course, lease: Lease): Promise<Tried<T>> {
    const { exchange } = task;
    exchange.begin(lease, course.wish.model);
    const started = new StartedAttempt(lease.key, this.clock);
    exchange.attempts.push(started);
    const tried = asSought(exchange, await task.attempt(lease, course.wish.model, started));
    lease.heard(tried.verdict);
    started.end(tried.verdict.scope, tried.status);
    if (tried.verdict.scope !== 'ok') lease.end();
    course.counted += countsAsAttempt(tried.verdict) ? 1 : 0;
    return tried;
  }

  private next<T>({ exchange, canRepeat }: Task<T>, course: Course, { verdict, sent }: Tried<T>): NextStep {
    const { traits } = exchange.route;
    const { retry } = this.config.current.gemini;
    const { counted, hasFallback } = course;
    const step = nextStep(
      { verdict, sent, traits, canRepeat, counted, hasFallback, seeksOwner: exchange.seeksOwner },
      retry,
    );
    return step === 'pause' && !this.budget.withdraw(retry.budget, this.clock.monotonic()) ? 'relay' : step;
  }

  /** False when there is no time left for another try. */
  private async take<T>(
    step: Exclude<NextStep, 'relay'>,
    exchange: Exchange,
    course: Course,
    { key }: Lease,
    { sent }: Tried<T>,
  ): Promise<boolean> {
    if (step === 'another_model') {
      course.fallBack();
      return true;
    }
    if (step === 'another_project') this.balancer.keysOf(key.project).forEach((id) => course.tried.add(id));
    if (step === 'another_key' || !sent) course.tried.add(key.id);
    return step !== 'pause' || this.pause(exchange, course);
  }

  /** Waits before the next try. An endpoint that nobody reached is the same for every key: all may be tried again. */
  private async pause(exchange: Exchange, course: Course): Promise<boolean> {
    if (!this.balancer.hasCandidate(course.wish, course.tried)) course.tried.clear();
    const delayMs = fullJitterMs(this.config.current.gemini.retry.backoff, course.counted);
    if (delayMs >= this.leftMs(exchange)) return false;
    await new Promise<void>((resolve) => {
      const stop = this.clock.after(delayMs, resolve);
      exchange.cancel = () => {
        stop();
        resolve();
      };
    });
    return true;
  }

  /** A lease for the present model, else for a fallback, else after a wait. */
  private async nextLease(exchange: Exchange, course: Course, said: Verdict | undefined): Promise<Lease | undefined> {
    for (;;) {
      const lease = this.balancer.lease(course.wish, course.tried);
      if (lease) return lease;
      if (course.hasFallback) course.fallBack();
      // Who does not have what is sought would be asked again, and say the same.
      else return said?.scope === 'routing' ? undefined : this.wait(exchange, course);
    }
  }

  /** Waits for whichever of the models returns first, if that is soon enough; never for what a breaker has stopped. */
  private async wait(exchange: Exchange, course: Course): Promise<Lease | undefined> {
    const [wish, opensAtMs] = this.earliest(course);
    const patienceMs = Math.min(this.config.current.gemini.queue.max_wait - exchange.queuedMs, this.leftMs(exchange));
    if (opensAtMs - this.clock.now() > patienceMs || patienceMs <= 0) return undefined;
    const sinceMs = this.clock.monotonic();
    const lease = await this.balancer.wait(wish, {
      maxWaitMs: patienceMs,
      onLeave: (leave) => {
        exchange.cancel = leave;
      },
    });
    exchange.queuedMs += this.clock.monotonic() - sinceMs;
    if (lease) course.resume(wish);
    return lease;
  }

  private earliest(course: Course): readonly [wish: Wish, opensAtMs: number] {
    return course.all
      .map((wish) => [wish, this.balancer.opensAtMs(wish)] as const)
      .reduce((first, other) => (other[1] < first[1] ? other : first));
  }

  /** Milliseconds until the call's deadline. */
  private leftMs(exchange: Exchange): number {
    return Math.max(0, exchange.deadlineMs(this.config.current.gemini.timeouts.total) - exchange.elapsedMs());
  }
}

/** Whether nobody waits for the call any more: nothing is sent, and no place is kept, for it. */
function hasEnded({ isClosed, fault }: Exchange): boolean {
  return isClosed || fault !== undefined;
}

/** @throws Fault of a call that has ended */
function mustGoOn(exchange: Exchange): void {
  if (hasEnded(exchange)) throw exchange.fault ?? new Fault('caller_gone');
}

/** While an owner is sought, who does not find the thing does not have it, in whatever words (wire facts B.2). */
function asSought<T>({ seeksOwner }: Exchange, tried: Tried<T>): Tried<T> {
  const { verdict, status } = tried;
  const isMissing = seeksOwner && verdict.scope === 'request' && (status === 403 || status === 404);
  return isMissing ? { ...tried, verdict: { scope: 'routing' } } : tried;
}
