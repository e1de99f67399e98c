import { KEY_ERRORS } from '../errors/error-bodies.js';
import type { KeyErrorName } from '../errors/error-bodies.js';

/** `ok`, or what is wrong with a key or its project. */
export type KeyState = 'ok' | KeyErrorName;

export const KEY_STATES = ['ok', ...Object.keys(KEY_ERRORS)] as ['ok', ...KeyErrorName[]];

/** States in which the key still lists models, files and so on: only what costs money is refused. */
const BILLABLE_ONLY: ReadonlySet<KeyState> = new Set<KeyState>([
  'project_denied',
  'location_unsupported',
  'prepaid_depleted',
  'prepaid_depleted_429',
  'account_spend_cap',
  'project_spend_cap',
]);

/** True when a key in this state is refused by a method. */
export function isRefused(state: KeyState, billable: boolean): boolean {
  return state !== 'ok' && (billable || !BILLABLE_ONLY.has(state));
}
