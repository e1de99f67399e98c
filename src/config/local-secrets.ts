import { randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from '../kernel/error-code.js';
import { NEEDED_SECRETS, type ProxyConfig } from './schema.js';

export type LocalSecretName = (typeof NEEDED_SECRETS)[number]['option'];

/** Secrets that were made for this machine. */
export interface LocalSecrets {
  /** Option (`auth.jwt_secret`) → value, for `LoadOptions.localSecrets`. */
  readonly values: Readonly<Record<string, string>>;
  /** Those that did not exist before: show them once. */
  readonly made: readonly LocalSecretName[];
  /** The folder that holds them, one file each. */
  readonly folder: string;
}

const STRONG = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/];

const MAKERS: Readonly<Record<LocalSecretName, () => string>> = {
  jwt_secret: () => strongText(() => randomBytes(64).toString('base64')),
  admin_password: () => strongText(() => randomBytes(18).toString('base64url')),
  master_key: () => randomBytes(32).toString('base64'),
};

/**
 * Reads the needed secrets that the configuration lacks from `<data_dir>/secrets`, and makes those that are not there
 * yet. Several processes may do so at once: all get the same values. Throws when the folder cannot be used.
 */
export function readOrMakeLocalSecrets(config: ProxyConfig, cwd: string): LocalSecrets {
  const folder = resolve(cwd, config.persistence.data_dir, 'secrets');
  const values: Record<string, string> = {};
  const made: LocalSecretName[] = [];
  for (const { section, option } of missingSecrets(config)) {
    const file = join(folder, option);
    const stored = readSecretFile(file);
    if (stored === undefined && placeSecretFile(folder, file, MAKERS[option]())) made.push(option);
    values[`${section}.${option}`] = stored ?? readFileSync(file, 'utf8').trim();
  }
  return { values, made, folder };
}

/** The secrets that the configuration needs and does not have. */
export function missingSecrets(config: ProxyConfig): readonly (typeof NEEDED_SECRETS)[number][] {
  const present: Readonly<Record<LocalSecretName, unknown>> = {
    jwt_secret: config.auth.jwt_secret,
    admin_password: config.auth.admin_password,
    master_key: config.security.master_key,
  };
  return NEEDED_SECRETS.filter(({ option }) => present[option] === undefined);
}

function readSecretFile(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (text === '') throw new Error(`${file} is empty: restore the secret, or delete the file for a new one.`);
    chmodSync(file, 0o600);
    return text;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A link appears whole or not at all, and only the first of several processes makes it. True for that one. */
function placeSecretFile(folder: string, file: string, secret: string): boolean {
  // The data folder itself may be entered: as root the database runs as another user, inside it.
  mkdirSync(dirname(folder), { recursive: true, mode: 0o711 });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const draft = join(folder, `.${randomUUID()}`);
  try {
    writeDurably(draft, `${secret}\n`);
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeDurably(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function strongText(make: () => string): string {
  let text = make();
  while (!STRONG.every((kind) => kind.test(text))) text = make();
  return text;
}
