import { isIP } from 'node:net';
import { asksForProduction, type Environment, variable } from './environment.js';
import { type OptionViolation, violationAt } from './option-violation.js';
import { splitList } from './scalars/scalar.js';

export interface StartQuestion {
  /** Whether demo mode was asked for by name. */
  readonly demoRequested: boolean;
  /** Whether a configuration file is named or stands in its usual place. */
  readonly hasFile: boolean;
  readonly env: Environment;
}

/** What a start leads to: the real upstream, demo mode, or a refusal that says what is missing. */
export type StartMode =
  | { readonly mode: 'real' }
  | { readonly mode: 'demo' }
  | { readonly mode: 'refused'; readonly violations: readonly OptionViolation[] };

/**
 * Demo mode is for a start that names neither a file nor a key, and only where no stranger can reach it: outside
 * production and on loopback. Elsewhere such a start is a mistake.
 */
export function chooseStartMode({ demoRequested, hasFile, env }: StartQuestion): StartMode {
  if (demoRequested) return { mode: 'demo' };
  if (hasFile || splitList(variable(env, 'GEMINI_API_KEY') ?? '').length > 0) return { mode: 'real' };
  if (asksForProduction(env)) return refused('production needs a key');
  const hosts = [variable(env, 'HOST'), variable(env, 'ADMIN_HOST')];
  const reachable = hosts.some((host) => host !== undefined && !isLoopback(host));
  if (reachable) return refused('only a start on loopback needs none');
  return { mode: 'demo' };
}

/** Whether a listener on this address is out of reach for other machines. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === 'localhost' || host === '::1';
}

function refused(reason: string): StartMode {
  const message = `is empty, and ${reason}: set GEMINI_API_KEY, write config/proxy.yaml, or start with --demo`;
  return { mode: 'refused', violations: [violationAt(['gemini', 'api_keys'], message)] };
}
