import type { Fault } from '../../kernel/errors/fault.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** An error as the control plane shows it (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** What a caller may read of a fault: never its cause. */
export function toProblem(fault: Fault, requestId: string): Problem {
  return {
    type: `urn:gemini-proxy:fault:${fault.code}`,
    title: titleOf(fault.code),
    status: fault.row.status,
    detail: fault.message,
    code: fault.code,
    request_id: requestId,
    ...(fault.violations.length > 0 && { errors: fault.violations }),
  };
}

/** `token_expired` as `Token expired`. */
function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
