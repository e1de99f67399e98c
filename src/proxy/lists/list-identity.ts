import type { Principal } from '../../kernel/principal.js';
import type { Exchange } from '../exchange.js';
import type { ListQuery } from './list-query.js';
import type { ListIdentity } from './page-token.js';

/** Whose list it is. */
export function callerOf({ principal }: Exchange): Principal {
  if (!principal) throw new Error('a list was asked for by nobody');
  return principal;
}

/** The list that a call asks for, whatever page of it. */
export function listIdentity(exchange: Exchange, { filter }: ListQuery): ListIdentity {
  return { client: callerOf(exchange).id, path: exchange.route.path, filter };
}
