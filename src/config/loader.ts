import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ConfigDocument, documentOfFile } from './document/config-document.js';
import type { Surroundings } from './document/resolve.js';
import { type Environment, variable } from './environment.js';
import { isMapping, valueAt } from './option-path.js';
import { type OptionViolation, violationAt } from './option-violation.js';
import { splitList } from './scalars/scalar.js';
import type { ProxyConfig } from './schema.js';
import { validateDocument } from './validate.js';
import { YamlFile } from './yaml-file.js';

/** The file that is used when none is named. */
export const DEFAULT_FILE = 'config/proxy.yaml';

export interface LoadOptions {
  /** The file of `--config`; else GEMINI_PROXY_CONFIG, else config/proxy.yaml when it is there. */
  readonly file?: string;
  readonly env: Environment;
  readonly cwd: string;
  /** See {@link Surroundings.localSecrets}. */
  readonly localSecrets?: Readonly<Record<string, string>>;
  /** false for commands that call no Gemini. */
  readonly keysNeeded?: boolean;
}

/** Where a configuration comes from, as it is shown. */
export type ConfigSource =
  { readonly kind: 'file'; readonly file: string } | { readonly kind: 'environment' } | { readonly kind: 'demo' };

/** A checked configuration, and all that is needed to check a changed one in the same surroundings. */
export interface LoadedConfig {
  readonly ok: true;
  readonly config: ProxyConfig;
  readonly source: ConfigSource;
  /** As written: references are marked, not looked up. */
  readonly document: ConfigDocument;
  /** SHA-256 of the file's text, in hex. */
  readonly fileHash?: string;
  readonly surroundings: Surroundings;
}

export interface FailedLoad {
  readonly ok: false;
  readonly source: ConfigSource;
  readonly violations: readonly OptionViolation[];
}

export type LoadResult = LoadedConfig | FailedLoad;

/** Reads, completes and checks the configuration. Never throws: all mistakes are in the result. */
export function loadConfig(options: LoadOptions): LoadResult {
  const file = findConfigFile(options);
  if (file === undefined) return loadDocument({ kind: 'environment' }, {}, options);
  const source = { kind: 'file', file } as const;
  const path = resolve(options.cwd, file);
  const text = readText(path);
  if (text === undefined) {
    const message = `the file ${path} cannot be read: create it (config/proxy.yaml.example shows how) or name another one`;
    return { ok: false, source, violations: [violationAt([], message)] };
  }
  return loadYaml(source, new YamlFile(text), options);
}

/** The configuration file in use, absolute or relative to the working folder; undefined when there is none. */
export function findConfigFile({ file, env, cwd }: Pick<LoadOptions, 'file' | 'env' | 'cwd'>): string | undefined {
  const named = file ?? variable(env, 'GEMINI_PROXY_CONFIG');
  return named ?? (existsSync(resolve(cwd, DEFAULT_FILE)) ? DEFAULT_FILE : undefined);
}

function loadYaml(source: ConfigSource, yaml: YamlFile, options: LoadOptions): LoadResult {
  if (yaml.problems.length > 0) {
    const violations = yaml.problems.map(({ line, message }) => ({
      ...violationAt([], `is no YAML: ${message}`),
      line,
    }));
    return { ok: false, source, violations };
  }
  const { content } = yaml;
  if (!isMapping(content)) {
    const message = 'must hold sections such as server: and gemini:, see config/proxy.yaml.example';
    return { ok: false, source, violations: [violationAt([], message)] };
  }
  const result = loadDocument(source, documentOfFile(content), options);
  if (result.ok) return { ...result, fileHash: yaml.hash };
  const violations = result.violations.map((violation) => ({ ...violation, line: yaml.lineOf(violation.steps) }));
  return { ...result, violations: violations.sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity)) };
}

/** Completes and checks a document that is at hand already. Never throws. */
export function loadDocument(source: ConfigSource, document: ConfigDocument, options: LoadOptions): LoadResult {
  const surroundings: Surroundings = { env: options.env, localSecrets: options.localSecrets };
  const validated = validateDocument(document, surroundings);
  const noKeys = options.keysNeeded === false ? [] : missingKeys(document, options.env);
  if (validated.ok && noKeys.length === 0) {
    return { ok: true, config: validated.config, source, document, surroundings };
  }
  return { ok: false, source, violations: [...(validated.ok ? [] : validated.violations), ...noKeys] };
}

/** Without any key no call could be served, so that is told at start, beside every other mistake. */
function missingKeys(document: ConfigDocument, env: Environment): OptionViolation[] {
  const written = valueAt(document, ['gemini', 'api_keys']) ?? [];
  const none =
    Array.isArray(written) && written.length === 0 && splitList(variable(env, 'GEMINI_API_KEY') ?? '').length === 0;
  return none ? [NO_KEYS] : [];
}

const NO_KEYS = violationAt(
  ['gemini', 'api_keys'],
  'is empty: set GEMINI_API_KEY to one key, or several separated by commas, or list them here',
);

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
