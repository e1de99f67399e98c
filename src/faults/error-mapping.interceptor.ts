import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable, throwError } from 'rxjs';

import { toFault } from './to-fault.js';

/** Turns any error of a handler into a Fault, for the exception filter that answers with it. */
@Injectable()
export class ErrorMappingInterceptor implements NestInterceptor<unknown, unknown> {
  intercept(_context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    return next.handle().pipe(catchError((error: unknown) => throwError(() => toFault(error))));
  }
}
