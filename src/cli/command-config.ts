import { announceSecrets } from './announcement.js';
import { complain } from './output.js';
import { readEnvironment } from '../config/environment.js';
import { findConfigFile, loadConfig } from '../config/loader.js';
import { formatViolations } from '../config/option-violation.js';
import type { ProxyConfig } from '../config/schema.js';
import { chooseStartMode } from '../config/start-mode.js';
import { loadForStart } from '../config/start-config.js';

const NOTHING_CONFIGURED =
  'Nothing is configured: set GEMINI_API_KEY, or write config/proxy.yaml. A demo prints a token of its own when it starts.';

/** The configuration for a command that calls no Gemini. @throws Error that lists every mistake */
export function commandConfig(file: string | undefined): ProxyConfig {
  const env = readEnvironment();
  const cwd = process.cwd();
  const hasFile = findConfigFile({ file, env, cwd }) !== undefined;
  if (chooseStartMode({ demoRequested: false, hasFile, env }).mode === 'demo') throw new Error(NOTHING_CONFIGURED);
  const load = (localSecrets?: Readonly<Record<string, string>>): ReturnType<typeof loadConfig> =>
    loadConfig({ file, env, cwd, localSecrets, keysNeeded: false });
  const loaded = loadForStart(load, cwd);
  if (loaded.ok) {
    announceSecrets(loaded.localSecrets, complain);
    return loaded.config;
  }
  throw new Error(`The configuration has mistakes:\n${formatViolations(loaded.violations, loaded.source.kind)}`);
}
