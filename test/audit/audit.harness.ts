import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AuditEvent } from '../../src/audit/audit-event.js';
import { AuditLog } from '../../src/audit/audit-log.js';
import { AuditStoreOpener } from '../../src/audit/audit-store.js';
import type { VerifyReport } from '../../src/audit/chain-break.js';
import { AUDIT_CHAIN_PURPOSE, type ChainKeys, toChainKey } from '../../src/audit/chain-key.js';
import { verifyAuditFile } from '../../src/audit/verify.js';
import { ConfigStore } from '../../src/config/config.store.js';
import { proxyConfigSchema } from '../../src/config/schema.js';
import { Secret } from '../../src/kernel/secret.js';
import { AuditHeadEntity } from '../../src/persistence/entities/audit-head.entity.js';
import { AuditHeadRepository } from '../../src/persistence/repositories/audit-head.repository.js';
import { MasterKey } from '../../src/vault/master-key.js';
import { Vault } from '../../src/vault/vault.js';
import type { TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';

/** A line as a reader parses it. */
export interface ParsedLine {
  readonly event_type: string;
  readonly action: string;
  readonly timestamp: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly chain: { readonly replica: string; readonly seq: number; readonly kid: string; readonly prev: string };
  readonly [field: string]: unknown;
}

export interface AuditOptions {
  readonly when_full?: 'serve' | 'refuse';
  readonly file?: string;
}

/** Audit logs in a folder of their own, on a real database, with time in the test's hands. */
export class AuditHarness {
  readonly clock = new ManualClock();
  readonly heads: AuditHeadRepository;
  private readonly logs: AuditLog[] = [];

  private constructor(
    readonly folder: string,
    readonly database: TestDatabase,
  ) {
    this.heads = new AuditHeadRepository(database.dataSource.getRepository(AuditHeadEntity));
  }

  /** Replicas share a database, so that one will do for a whole file of tests. */
  static async start(database: TestDatabase): Promise<AuditHarness> {
    return new AuditHarness(await mkdtemp(join(tmpdir(), 'audit-')), database);
  }

  get file(): string {
    return join(this.folder, 'logs', 'audit.log');
  }

  /** A log that is not open yet. */
  make(options: AuditOptions = {}): AuditLog {
    const store = this.configStore(options);
    const opener = new AuditStoreOpener(store, vault(), this.heads, this.clock);
    const log = new AuditLog(store, this.clock, opener);
    this.logs.push(log);
    return log;
  }

  async open(options: AuditOptions = {}): Promise<AuditLog> {
    const log = this.make(options);
    await log.onModuleInit();
    return log;
  }

  configStore(options: AuditOptions = {}): ConfigStore {
    return new ConfigStore(
      proxyConfigSchema.parse({
        security: { master_key: MASTER_KEY },
        audit: { file: this.file, ...options },
        persistence: { data_dir: join(this.folder, 'data'), url: this.database.url },
      }),
    );
  }

  async text(file = this.file): Promise<string> {
    return readFile(file, 'utf8');
  }

  async lines(file = this.file): Promise<ParsedLine[]> {
    return (await this.text(file)).split('\n').slice(0, -1).map(parse);
  }

  /** Rewrites the file's lines, each without its newline. */
  async rewrite(change: (lines: string[]) => string[]): Promise<void> {
    const lines = (await this.text()).split('\n').slice(0, -1);
    await writeFile(
      this.file,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
  }

  async add(text: string): Promise<void> {
    await appendFile(this.file, text);
  }

  async verify(file = this.file): Promise<VerifyReport> {
    return verifyAuditFile(file, { keys });
  }

  async replica(): Promise<string> {
    return (await readFile(join(this.folder, 'data', 'replica-id'), 'utf8')).trim();
  }

  async stop(): Promise<void> {
    for (const log of this.logs) await log.onApplicationShutdown();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const MASTER_KEY = 'ab'.repeat(32);

export function vault(masterKey = MASTER_KEY): Vault {
  return new Vault(MasterKey.parse(new Secret(masterKey)));
}

const signer = toChainKey(vault().subkey(AUDIT_CHAIN_PURPOSE));

export const keys: ChainKeys = (kid) => (kid === signer.kid ? signer.key : undefined);

export function event(action: string, more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    type: 'SystemEvent',
    sourceIp: '127.0.0.1',
    action,
    result: 'Success',
    durationMs: 0,
    details: {},
    ...more,
  };
}

/** Resolves when `check` holds; the test's own time limit ends the waiting. */
export async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setImmediate(resolve));
}

export function actions(lines: readonly ParsedLine[]): string[] {
  return lines.map((line) => line.action);
}

function parse(line: string): ParsedLine {
  return JSON.parse(line) as ParsedLine;
}
