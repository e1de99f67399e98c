import { HttpException } from '@nestjs/common';

import { Fault } from '../kernel/errors/fault.js';
import type { FaultCode } from '../kernel/errors/fault-table.js';
import { faultOfHttpException } from './http-exception.js';
import { CODES_BY_ERROR_CODE, CODES_BY_ERROR_NAME, CODES_BY_STATUS } from './library-errors.js';
import { violationsOf } from './violations.js';

/** The fields by which libraries tell their errors apart. */
interface LibraryError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly statusCode?: unknown;
}

/**
 * Any thrown value as a Fault, which is the only kind of error that a caller ever sees. The value itself is kept as the
 * cause, for the log; what no table knows becomes `internal`.
 */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof HttpException) return faultOfHttpException(error);
  const code = codeOf(error);
  if (code === undefined) return new Fault('internal', { cause: error });
  return new Fault(code, { cause: error, violations: violationsOf(error) });
}

function codeOf(error: unknown): FaultCode | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { name, code, statusCode }: LibraryError = error;
  return lookUp(CODES_BY_ERROR_CODE, code) ?? lookUp(CODES_BY_ERROR_NAME, name) ?? lookUp(CODES_BY_STATUS, statusCode);
}

function lookUp<K>(table: ReadonlyMap<K, FaultCode>, key: unknown): FaultCode | undefined {
  return table.get(key as K);
}
