import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { callOf } from '../../faults/call-of.js';
import type { Call } from '../../kernel/call.js';
import { Fault } from '../../kernel/errors/fault.js';
import type { Principal } from '../../kernel/principal.js';

/** The principal that the guard found, for handlers of routes that need a token. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = callOf(context);
  if (principal === undefined) throw new Fault('credentials_missing');
  return principal;
});

/** The call itself, for handlers that change who it belongs to or need its address. */
export const CurrentCall = createParamDecorator((_: unknown, context: ExecutionContext): Call => callOf(context));
