import { HttpException } from '@nestjs/common';
import { toFault } from '../../faults/to-fault.js';
import type { FaultCode } from '../../kernel/errors/fault-table.js';
import { Fault } from '../../kernel/errors/fault.js';

/** Where the fault table speaks of Gemini calls, what callers of the control plane read instead. */
const DETAILS: Partial<Readonly<Record<FaultCode, string>>> = {
  body_too_large: 'The body is larger than the 1 MiB that the control plane takes. Send less at once.',
  path_malformed: 'The path cannot be decoded. Check its percent-encoding.',
};

/** What the framework threw before a handler ran, as a Fault; its own message is kept as a cause and never shown. */
export function toHttpFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const fault = toFault(fastifyErrorOf(error) ?? error);
  if (fault.code === 'validation_failed' && fault.violations.length === 0) {
    return new Fault('request_malformed', { cause: error });
  }
  const detail = DETAILS[fault.code];
  return detail === undefined ? fault : new Fault(fault.code, { detail, cause: error });
}

/** Nest wraps Fastify's errors; their code says more than the status of the wrapper. */
function fastifyErrorOf(error: unknown): unknown {
  if (!(error instanceof HttpException)) return undefined;
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause : undefined;
}
