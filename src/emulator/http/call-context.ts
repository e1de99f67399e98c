import type { Prompt } from '../answers/prompt.js';
import { errorBody } from '../errors/error-bodies.js';
import type { ErrorName } from '../errors/error-bodies.js';
import { ApiError } from '../errors/google-error.js';
import type { AnswerShape } from '../faults/answer-shape.js';
import type { FaultPlan } from '../faults/fault-plan.js';
import { NO_FAULTS } from '../faults/fault-plan.js';
import type { Account } from '../world/key-ring.js';
import type { Project } from '../world/project.js';
import type { World } from '../world/world.js';

/** What a billable call is counted as. */
export interface Charge {
  /** The served model. */
  readonly model: string;
  readonly inputTokens: number;
  /** What was read of the request to count it; the handler goes on from there. */
  readonly prompt?: Prompt;
}

/** Who calls, for which model, and what is going to happen: the same for a request and for a Live session. */
export class CallContext {
  plan: FaultPlan = NO_FAULTS;
  charge: Charge = { model: '', inputTokens: 0 };
  account: Account | undefined;

  constructor(
    readonly world: World,
    /** v1, v1beta or v1alpha. */
    readonly version: string,
  ) {}

  /** The project of the caller; throws ApiError (403) for a request without a credential. */
  get project(): Project {
    if (this.account === undefined) throw this.error('unregistered');
    return this.account.project;
  }

  /** How the answer is to look: the scenario's wish, overlaid by the faults of this request. */
  get shape(): AnswerShape {
    return this.plan === NO_FAULTS ? this.world.scenario.answer : { ...this.world.scenario.answer, ...this.plan.shape };
  }

  /** The error of that name, worded for this call. */
  error(name: ErrorName): ApiError {
    const { account, charge, version } = this;
    const facts = {
      key: account?.key ?? '',
      projectNumber: account?.project.number ?? '0',
      model: charge.model,
      version,
    };
    return new ApiError(errorBody(name, facts));
  }

  /**
   * Looks up what is scripted for this call. Call it again with the model, once that is known, when the request's
   * first line did not name it.
   */
  planFaults(method: string, path: string, model: string | undefined, again = false): void {
    const { account } = this;
    const facts = { method, path, key: account?.key, keyId: account?.id, project: account?.project.id, model };
    this.plan = this.world.faults.plan(facts, again ? this.plan : undefined);
  }
}
