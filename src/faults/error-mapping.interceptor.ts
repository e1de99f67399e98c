import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, from, type Observable } from 'rxjs';

import { callOf } from './call-of.js';
import { toFault } from './to-fault.js';

/**
 * Ends a call whose handler failed: the error becomes a Fault, and the call answers with it in the caller's dialect.
 * The data plane then emits the settled exchange in place of the error; the control plane rejects with the Fault, for
 * its exception filter.
 */
@Injectable()
export class ErrorMappingInterceptor implements NestInterceptor<unknown, unknown> {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    return next.handle().pipe(catchError((error: unknown) => from(callOf(context).fail(toFault(error)))));
  }
}
