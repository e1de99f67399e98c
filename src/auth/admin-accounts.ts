import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../config/config.store.js';
import { newSecretText } from '../kernel/ids.js';
import type { Role } from '../kernel/principal.js';
import { Secret } from '../kernel/secret.js';
import { isPassword, parsePasswordHash, type PasswordHash, toPasswordHash } from './passwords.js';

export interface AdminAccount {
  readonly username: string;
  readonly role: Role;
}

/** The account that `auth.admin_password` belongs to. */
export const ADMIN_USERNAME = 'admin';

/** Who may log in, by the configuration. */
@Injectable()
export class AdminAccounts {
  /** Plain passwords are hashed once each; entries go with the configuration that holds the secret. */
  private readonly hashes = new WeakMap<Secret, Promise<PasswordHash>>();
  private readonly decoy = new Secret(newSecretText(32));

  constructor(private readonly config: ConfigStore) {}

  /** The account, when both are right. An unknown name costs the same work as a wrong password. */
  async authenticate(username: string, password: string): Promise<AdminAccount | undefined> {
    const known = this.find(username);
    const matches = await isPassword(password, await this.hashOf(known?.password ?? this.decoy));
    return matches && known !== undefined ? { username, role: known.role } : undefined;
  }

  private find(username: string): { readonly role: Role; readonly password: Secret } | undefined {
    const { admin_password: password, users } = this.config.current.auth;
    if (username !== ADMIN_USERNAME) return users.find(({ name }) => name === username);
    return password === undefined ? undefined : { role: 'admin', password };
  }

  private hashOf(secret: Secret): Promise<PasswordHash> {
    const kept = this.hashes.get(secret);
    if (kept !== undefined) return kept;
    const parsed = parsePasswordHash(secret.reveal());
    const made = parsed === undefined ? toPasswordHash(secret.reveal()) : Promise.resolve(parsed);
    this.hashes.set(secret, made);
    return made;
  }
}
