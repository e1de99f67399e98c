import type { ArgumentsHost } from '@nestjs/common';

import type { Call } from '../kernel/call.js';

/** What both planes hand to a handler first: an exchange, or the HTTP request of the control plane. */
interface CarriesCall {
  readonly call?: Call;
}

/** The part of Nest's ArgumentsHost and ExecutionContext that is needed here. */
export type HandlerArguments = Pick<ArgumentsHost, 'getArgByIndex'>;

/**
 * Who is calling, for the guard of both planes and the interceptors of the control plane: the `call` of the handler's first argument.
 * Throws when there is none, which is a mistake in the wiring of the route.
 */
export function callOf(context: HandlerArguments): Call {
  const call = findCall(context);
  if (!call) {
    throw new Error('The first argument of this handler has no `call`. Attach one before guards and interceptors run.');
  }
  return call;
}

/** As `callOf`, but undefined where no call was attached: for filters, which also see what failed before. */
export function findCall(context: HandlerArguments): Call | undefined {
  return context.getArgByIndex<CarriesCall | undefined>(0)?.call;
}
