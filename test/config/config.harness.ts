import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type FailedLoad, loadConfig, type LoadedConfig, type LoadOptions } from '../../src/config/loader.js';

export const KEY = `AIza${'k'.repeat(35)}`;
export const OTHER_KEY = `AQ.${'z'.repeat(50)}`;

/** The three secrets that production demands. */
export const SECRETS = { JWT_SECRET: 'j'.repeat(64), ADMIN_PASSWORD: 'p'.repeat(24), MASTER_KEY: 'm'.repeat(44) };

const folders: string[] = [];

/** A fresh folder, removed when the file's tests are over. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gemini-proxy-config-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Loads the YAML text as the file proxy.yaml. */
export function load(yaml: string, env: LoadOptions['env'] = {}): LoadedConfig | FailedLoad {
  const cwd = freshFolder();
  writeFileSync(join(cwd, 'proxy.yaml'), yaml);
  return loadConfig({ file: 'proxy.yaml', env, cwd });
}

/** The configuration of a text that must be valid. */
export function loaded(yaml: string, env: LoadOptions['env'] = {}): LoadedConfig {
  const result = load(yaml, env);
  if (!result.ok) throw new Error(`not valid: ${JSON.stringify(result.violations)}`);
  return result;
}

/** `path: message` of every mistake of a text that must not be valid, in the order they are reported. */
export function mistakes(yaml: string, env: LoadOptions['env'] = {}): string[] {
  const result = load(yaml, env);
  if (result.ok) throw new Error('valid, although a mistake was expected');
  return result.violations.map(({ path, message }) => `${path}: ${message}`);
}

/** A document with one valid key and the given text after it. */
export function withKey(yaml = ''): string {
  return `gemini:\n  api_keys: [{ id: primary, key: ${KEY} }]\n${yaml}`;
}
