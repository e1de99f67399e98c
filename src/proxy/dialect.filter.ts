import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { toFault } from '../faults/to-fault.js';
import type { Exchange } from './exchange.js';

/** Answers whatever the guard refused or a handler threw, in the caller's dialect. */
@Catch()
export class DialectFilter implements ExceptionFilter {
  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    await host.getArgByIndex<Exchange>(0).fail(toFault(error));
  }
}
