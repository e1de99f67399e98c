import { ApiError, googleError } from '../errors/google-error.js';
import type { FaultPlan } from '../faults/fault-plan.js';
import type { ApiCall } from './api-call.js';

const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' };

/** Answers as scripted instead of as usual; false when nothing of the kind was scripted. */
export async function answeredByFault(call: ApiCall): Promise<boolean> {
  const { plan } = call;
  if (plan.echoes.size > 0) echoKey(call, plan);
  if (plan.outcome === undefined) return false;
  await answer(call, plan.outcome);
  return true;
}

async function answer(call: ApiCall, outcome: NonNullable<FaultPlan['outcome']>): Promise<void> {
  switch (outcome.kind) {
    case 'error': {
      const { error } = call.error(outcome.error);
      throw new ApiError({ ...error, message: outcome.message ?? error.message });
    }
    case 'answer': {
      const headers = Object.entries(outcome.headers).map(([name, value]) => [
        name.toLowerCase(),
        withKey(call, value),
      ]);
      const own = Object.fromEntries(headers) as Record<string, string>;
      return call.reply.send(outcome.status, call.headers({ ...JSON_TYPE, ...own }), withKey(call, outcome.body));
    }
    case 'empty':
      return call.reply.send(200, call.headers(JSON_TYPE), '');
    case 'redirect':
      return call.reply.send(outcome.status, call.headers({ location: outcome.location }), '');
  }
}

function echoKey(call: ApiCall, { echoes }: FaultPlan): void {
  const consumer = `api_key:${call.account?.key ?? ''}`;
  if (echoes.has('header')) call.reply.addHeader('x-goog-debug-consumer', consumer);
  if (echoes.has('body')) {
    throw new ApiError(googleError(400, `Request contains an invalid argument. Consumer '${consumer}'.`));
  }
}

function withKey(call: ApiCall, text: string): string {
  return text.replaceAll('{key}', call.account?.key ?? '');
}
