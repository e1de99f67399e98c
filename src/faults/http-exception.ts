import type { HttpException } from '@nestjs/common';

import { Fault } from '../kernel/errors/fault.js';
import { CODES_BY_STATUS } from './library-errors.js';
import { violationsOfSentences } from './violations.js';

/** An exception of Nest or its pipes as a Fault; a status that no row knows is `internal`. */
export function faultOfHttpException(exception: HttpException): Fault {
  const code = CODES_BY_STATUS.get(exception.getStatus()) ?? 'internal';
  return new Fault(code, { cause: exception, violations: violationsOfSentences(sentencesOf(exception)) });
}

function sentencesOf(exception: HttpException): readonly unknown[] {
  const body = exception.getResponse();
  const message: unknown = typeof body === 'object' && 'message' in body ? body.message : undefined;
  return Array.isArray(message) ? message : [];
}
