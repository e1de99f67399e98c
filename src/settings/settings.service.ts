import { Logger } from '@nestjs/common';
import type { ConfigStore } from '../config/config.store.js';
import type { ConfigDocument } from '../config/document/config-document.js';
import { withLocalOptionsOf, withoutLocalOptions } from '../config/document/local-options.js';
import type { LoadedConfig } from '../config/loader.js';
import type { OptionViolation } from '../config/option-violation.js';
import { type Validated, validateDocument } from '../config/validate.js';
import type { ProxyConfig } from '../config/schema.js';
import { Fault } from '../kernel/errors/fault.js';
import type { ConfigVersion, ConfigVersionRepository } from '../persistence/repositories/config-version.repository.js';
import type { Vault } from '../vault/vault.js';
import { hashOf, needsImport, summaryOf } from './config-import.js';
import { openSecret, sealSecrets } from './config-secrets.js';
import { foreignReferences } from './foreign-references.js';

/** Who changes the configuration, by which way, and what for. */
export interface ConfigChange {
  readonly actor: string;
  readonly source: string;
  readonly summary: string;
}

export type Proposal =
  | { readonly ok: true; readonly version: ConfigVersion }
  | { readonly ok: false; readonly violations: readonly OptionViolation[] };

export type VersionListener = (version: ConfigVersion) => void;

/**
 * The one way by which the configuration changes: check the whole document, store it as a version, put it in force,
 * announce it. A document with any mistake changes nothing. Changes happen one after the other.
 */
export class SettingsService {
  private readonly logger = new Logger('Settings');
  private readonly listeners = new Set<VersionListener>();
  private inForce: ConfigVersion | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly base: LoadedConfig,
    private readonly store: ConfigStore,
    private readonly versions: ConfigVersionRepository,
    private readonly vault: Vault,
  ) {}

  /** The version in force. */
  get current(): ConfigVersion {
    if (!this.inForce) throw new Error('The settings were not started.');
    return this.inForce;
  }

  /**
   * Imports the base document when it is new, else puts the latest version in force. Throws the Fault
   * `validation_failed` with every path when that version does not hold here.
   */
  async start(): Promise<void> {
    const latest = await this.versions.latest();
    if (latest === undefined || (await needsImport(this.base, latest, this.versions))) {
      await this.importBase();
      return;
    }
    if (latest.fileHash !== hashOf(this.base)) {
      this.logger.warn(
        `Version ${latest.version} (${latest.summary}) is newer than this start's: ${summaryOf(this.base.source)}.`,
      );
    }
    this.enforce(latest, this.validOrThrow(latest));
  }

  /** Checks, stores and puts in force a document in the stored form; one with any mistake changes nothing. */
  propose(document: ConfigDocument, change: ConfigChange): Promise<Proposal> {
    return this.amend(() => document, change);
  }

  /** Proposes what `edit` makes of the document in force; no other change comes between. What `edit` throws is thrown. */
  amend(edit: (document: ConfigDocument) => ConfigDocument, change: ConfigChange): Promise<Proposal> {
    return this.inTurn(async () => {
      const present = this.current.document as ConfigDocument;
      const document = edit(present);
      const foreign = foreignReferences(document, present);
      const validated = this.validate(document);
      const violations = [...foreign, ...(validated.ok ? [] : validated.violations)];
      if (!validated.ok || foreign.length > 0) return { ok: false, violations };
      const version = await this.versions.append({ ...change, document: this.stored(document), fileHash: null });
      this.enforce(version, validated.config);
      return { ok: true, version };
    });
  }

  /** Versions, the newest first. */
  history(options: { beforeVersion?: number; limit: number }): Promise<ConfigVersion[]> {
    return this.versions.list(options);
  }

  /** Calls `listener` after each version that came into force, until the returned function is called. */
  onVersion(listener: VersionListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  private async importBase(): Promise<void> {
    const version = await this.versions.append({
      actor: 'system',
      source: this.base.source.kind,
      summary: summaryOf(this.base.source),
      document: this.stored(this.base.document),
      fileHash: hashOf(this.base),
    });
    this.enforce(version, this.validOrThrow(version));
  }

  private stored(document: ConfigDocument): ConfigDocument {
    return sealSecrets(withoutLocalOptions(document), this.vault);
  }

  private validate(document: ConfigDocument): Validated {
    return validateDocument(withLocalOptionsOf(this.base.document, document), {
      ...this.base.surroundings,
      unseal: (sealed) => openSecret(sealed, this.vault),
    });
  }

  private validOrThrow(version: ConfigVersion): ProxyConfig {
    const validated = this.validate(version.document as ConfigDocument);
    if (validated.ok) return validated.config;
    throw new Fault('validation_failed', {
      detail: `Version ${version.version} of the configuration does not hold here. Correct the environment, or import a changed file.`,
      violations: validated.violations,
    });
  }

  private enforce(version: ConfigVersion, config: ProxyConfig): void {
    this.inForce = version;
    this.tell(() => {
      this.store.replace(config);
    });
    for (const listener of [...this.listeners]) {
      this.tell(() => {
        listener(version);
      });
    }
    this.logger.log(`Version ${version.version} of the configuration is in force (${version.summary}).`);
  }

  /** The version is stored and in force by now; a listener that fails cannot undo that. */
  private tell(notify: () => void): void {
    try {
      notify();
    } catch (error) {
      this.logger.error({ err: error }, 'A part of the proxy did not take the new configuration; restart to be sure.');
    }
  }

  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.turn.then(action);
    this.turn = result.catch(() => undefined);
    return result;
  }
}
