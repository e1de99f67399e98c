import { Fault } from '../../kernel/errors/fault.js';
import { scanStringFields } from '../../kernel/gemini/json-fields.js';
import type { Exchange } from '../exchange.js';
import { modelName } from '../model-name.js';

const WANTED: ReadonlySet<string> = new Set(['model']);

/**
 * Phase 6: finds the model where it stands in the body.
 * @throws Fault body_not_json, body_ambiguous, model_invalid
 */
export function inspect(exchange: Exchange): void {
  const { route, arrival, body } = exchange;
  if (!route.modelInBody || /^multipart\//i.test(arrival.request.headers['content-type'] ?? '')) return;
  const scan = scanStringFields(body ?? Buffer.alloc(0), WANTED);
  if (scan.kind === 'not_an_object') throw new Fault('body_not_json');
  if (scan.kind === 'duplicate') {
    throw new Fault('body_ambiguous', { detail: `The body has the field "${scan.field}" twice. Send it once.` });
  }
  exchange.model = modelName(scan.values.get('model'));
}
