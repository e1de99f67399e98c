import type { ConfigDocument } from '../config/document/config-document.js';
import { secretOptions } from '../config/json-schema.js';
import { changeAt, isMapping } from '../config/option-path.js';
import type { Secret } from '../kernel/secret.js';
import type { Vault } from '../vault/vault.js';

const PURPOSE = 'config-secret';

/** What is shown in the place of a secret: tells two apart and reveals neither. */
export interface MaskedSecret {
  readonly $secret: string;
}

/** The document with every literal secret sealed; references to variables and files stay as they are. */
export function sealSecrets(document: ConfigDocument, vault: Vault): ConfigDocument {
  const seal = (value: unknown): unknown =>
    typeof value === 'string' && value !== '' ? { $sealed: vault.seal(PURPOSE, value) } : value;
  return secretOptions().reduce<unknown>(
    (sealed, option) => changeAt(sealed, option, seal),
    document,
  ) as ConfigDocument;
}

/** Opens what {@link sealSecrets} sealed; undefined with another master key. */
export function openSecret(sealed: string, vault: Vault): string | undefined {
  return vault.open(PURPOSE, sealed);
}

/** What is shown in the place of a secret. */
export function maskSecret(secret: Secret): MaskedSecret {
  return { $secret: secret.fingerprint() };
}

/** Whether a value is the mask of a secret: sent back, it stands for the secret. */
export function isMaskOf(value: unknown, secret: Secret): boolean {
  return isMapping(value) && Object.keys(value).length === 1 && value.$secret === secret.fingerprint();
}
