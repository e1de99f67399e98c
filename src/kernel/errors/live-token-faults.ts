import { type FaultRow, row } from './fault-row.js';

/** Errors about ephemeral tokens of Live sessions; part of the fault table. */
export const LIVE_TOKEN_FAULTS = {
  live_token_refused: row(
    400,
    'INVALID_ARGUMENT',
    'caller',
    'The ephemeral token cannot be minted on these terms. Ask for fewer uses or an earlier end.',
  ),
  live_tokens_exhausted: row(
    429,
    'RESOURCE_EXHAUSTED',
    'caller',
    'This client has as many ephemeral tokens as it may have at a time. Delete those that nobody needs with DELETE /v1alpha/auth_tokens/{id}, wait until some expire, or mint them with an earlier expireTime.',
  ),
  live_token_spent: row(
    401,
    'UNAUTHENTICATED',
    'caller',
    'The ephemeral token begins no further session. Mint another one with POST /v1alpha/auth_tokens.',
  ),
} satisfies Record<string, FaultRow>;
