import { Secret } from '../kernel/secret.js';
import type { ConfigDocument } from './document/config-document.js';
import { resolveDocument, type ResolvedDocument, type Surroundings } from './document/resolve.js';
import { formatPath, type OptionPath } from './option-path.js';
import { type OptionViolation, violationAt } from './option-violation.js';
import { type ProxyConfig, proxyConfigSchema } from './schema.js';
import { violationsOf } from './violations.js';

export type Validated =
  | { readonly ok: true; readonly config: ProxyConfig }
  | { readonly ok: false; readonly violations: readonly OptionViolation[] };

/** Looks the document's references up and checks the whole; every mistake is named. The result is frozen. */
export function validateDocument(document: ConfigDocument, surroundings: Surroundings): Validated {
  const resolved = resolveDocument(document, surroundings);
  const parsed = proxyConfigSchema.safeParse(resolved.value);
  if (parsed.success && resolved.violations.length === 0) return { ok: true, config: freeze(parsed.data) };
  const failed = new Set(resolved.violations.map(({ path }) => path));
  const found = parsed.success ? [] : violationsOf(parsed.error).filter(({ path }) => !failed.has(path));
  return { ok: false, violations: [...resolved.violations, ...found.map((violation) => explain(violation, resolved))] };
}

/** Adds which variable is behind the mistake, and names the entry as it is written. */
function explain({ steps, path, message }: OptionViolation, resolved: ResolvedDocument): OptionViolation {
  const written = asWritten(steps, resolved.keyOrigins);
  const unset = resolved.unset.get(formatPath(written));
  const origin = resolved.overridden.get(path);
  if (unset !== undefined) return violationAt(written, `${message} (the variable ${unset} is not set)`);
  return violationAt(written, origin === undefined ? message : `${message} (it comes from the variable ${origin})`);
}

function asWritten(steps: OptionPath, keyOrigins: readonly number[]): OptionPath {
  const [section, option, index, ...rest] = steps;
  if (section !== 'gemini' || option !== 'api_keys' || typeof index !== 'number') return steps;
  return [section, option, keyOrigins[index] ?? index, ...rest];
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
