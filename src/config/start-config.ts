import type { FailedLoad, LoadedConfig, LoadResult } from './loader.js';
import { type LocalSecrets, missingSecrets, readOrMakeLocalSecrets } from './local-secrets.js';

/** A loaded configuration in which every needed secret is there, and what was made for it. */
export type StartConfig = (LoadedConfig & { readonly localSecrets: LocalSecrets }) | FailedLoad;

/**
 * Loads a configuration for a start. Outside production, secrets that are missing come from the data folder, where they
 * are made the first time; in production a missing one is among the violations. `load` is called again with them.
 * Throws when the data folder cannot be used.
 */
export function loadForStart(
  load: (localSecrets?: Readonly<Record<string, string>>) => LoadResult,
  cwd: string,
): StartConfig {
  const first = load();
  if (!first.ok) return first;
  const localSecrets = readOrMakeLocalSecrets(first.config, cwd);
  if (missingSecrets(first.config).length === 0) return { ...first, localSecrets };
  const complete = load(localSecrets.values);
  return complete.ok ? { ...complete, localSecrets } : complete;
}
