import { Fault } from '../../kernel/errors/fault.js';
import type { Exchange } from '../exchange.js';
import { modelName } from '../model-name.js';

/** HTTP methods that the API has, and those that browsers and monitors add. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Protocols of an answer that usage can be read from. */
const READABLE_ALT: ReadonlySet<string | undefined> = new Set([undefined, '', 'json', 'sse', 'media']);

/**
 * Phase 3: the call is one that the API knows, or is refused.
 * @throws Fault path_malformed, path_unknown, method_not_allowed, parameter_refused
 */
export function understandCall(exchange: Exchange): void {
  const { request, route, query, isReadable } = exchange.arrival;
  if (!route) throw new Fault(isReadable ? 'path_unknown' : 'path_malformed');
  if (!METHODS.has(request.method ?? '')) throw new Fault('method_not_allowed');
  if (query.isAmbiguous) {
    throw new Fault('parameter_refused', { detail: 'A query parameter stands twice. Send each once.' });
  }
  if (route.traits.billable && !READABLE_ALT.has(query.alt)) throw new Fault('parameter_refused');
  exchange.model = modelName(route.model);
}
