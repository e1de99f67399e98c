import type { FaultCode } from '../kernel/errors/fault-table.js';
import { Fault } from '../kernel/errors/fault.js';

const REASONS: Partial<Readonly<Record<FaultCode, string>>> = {
  credentials_missing: 'missing',
  credentials_ambiguous: 'ambiguous',
  token_malformed: 'malformed',
  token_invalid: 'invalid',
  token_expired: 'expired',
  token_revoked: 'revoked',
  token_wrong_audience: 'wrong_audience',
  permission_denied: 'forbidden',
  login_failed: 'login_failed',
};

/** The `reason` of `auth_failures_total`; undefined when the error says nothing about the caller. */
export function failureReason(error: unknown): string | undefined {
  return error instanceof Fault ? REASONS[error.code] : undefined;
}
