import type { ConfigDocument } from '../config/document/config-document.js';
import { secretOptions } from '../config/json-schema.js';
import { changeAt } from '../config/option-path.js';
import type { Vault } from '../vault/vault.js';

const PURPOSE = 'config-secret';

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
