import type { Principal } from '../../kernel/principal.js';

/** Whether a caller is shown a model of that name, without `models/`. */
export function isVisible(_principal: Principal | undefined, _model: string): boolean {
  return true;
}
