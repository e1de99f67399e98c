import type { Dialect } from '../errors/dialect.js';
import { ApiError, googleError } from '../errors/google-error.js';
import type { Credential } from '../world/credentials.js';
import { isRefused } from '../world/key-state.js';
import type { Account } from '../world/key-ring.js';
import type { World } from '../world/world.js';
import type { ApiCall } from './api-call.js';

/** The account behind a credential, whatever state it is in. */
export function accountOf(world: World, credential: Credential): Account | undefined {
  return credential.kind === 'key' || credential.kind === 'bearer' ? world.keys.find(credential.value) : undefined;
}

/** Throws ApiError unless this credential may call this method now. */
export function authorize(call: ApiCall, credential: Credential, billable: boolean): void {
  checkForm(call, credential);
  const { account } = call;
  if (account === undefined) throw badKey(call, call.route.dialect);
  for (const state of [account.state, account.project.state]) {
    if (state === 'ok' || !isRefused(state, billable)) continue;
    throw state === 'invalid' ? badKey(call, call.route.dialect) : call.error(state);
  }
}

/** OpenAI routes read only a bearer token; the others take an API key only where API keys belong. */
function checkForm(call: ApiCall, credential: Credential): void {
  const openai = call.route.dialect === 'openai';
  switch (credential.kind) {
    case 'several':
      throw call.error('multiple_credentials');
    case 'none':
      throw openai
        ? new ApiError(googleError(400, 'Missing or invalid Authorization header.'))
        : call.error('unregistered');
    case 'key':
      if (openai) throw new ApiError(googleError(400, 'Missing or invalid Authorization header.'));
      return;
    case 'bearer':
    case 'token':
      if (!openai) throw call.error('retired');
  }
}

function badKey(call: ApiCall, dialect: Dialect): ApiError {
  return dialect === 'openai' ? new ApiError(googleError(400, 'Invalid Auth key.')) : call.error('invalid');
}
