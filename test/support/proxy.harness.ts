import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application } from '../../src/application.js';
import { AuditLog } from '../../src/audit/audit-log.js';
import { TokenIssuer } from '../../src/auth/token-issuer.js';
import type { DocumentValue } from '../../src/config/document/config-document.js';
import { loadDocument } from '../../src/config/loader.js';
import { Emulator } from '../../src/emulator/emulator.js';
import type { Scenario } from '../../src/emulator/scenario/scenario.schema.js';
import { createTestDatabase, type TestDatabase } from './database.js';

export const MODEL = 'gemini-3.8-flash';
export const JWT_SECRET = 'A-shared-secret-of-more-than-32-characters-1';
export const ADMIN_PASSWORD = 'correct horse battery staple';

type Section = Readonly<Record<string, DocumentValue>>;

/** Upstream keys of a test, by id; each is a project of its own unless the test says otherwise. */
export const keyText = (id: string): string => `test-key-${id}-0123456789-0123456789-abcdef`;

export interface ProxyOptions {
  /** Ids of the upstream keys; default: one. */
  readonly keys?: readonly string[];
  readonly scenario?: Scenario;
  /** Sections of the configuration document; merged one level deep. */
  readonly config?: Readonly<Record<string, Section>>;
  /** Replaces the emulator's address. */
  readonly baseUrl?: string;
  readonly demo?: boolean;
}

/** A whole replica on real sockets and a real database, in front of the emulator. */
export class ProxyHarness {
  private constructor(
    private running: Application,
    readonly emulator: Emulator,
    readonly database: TestDatabase,
    private readonly folder: string,
    /** A client token. */
    readonly token: string,
    private readonly launch: () => Promise<Application>,
  ) {}

  static async start(options: ProxyOptions = {}): Promise<ProxyHarness> {
    const emulator = await Emulator.start({ scenario: options.scenario });
    const database = await createTestDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-test-'));
    const document = documentOf(options, options.baseUrl ?? emulator.url, database.url, folder);
    const loaded = loadDocument({ kind: 'environment' }, document, { env: {}, cwd: folder });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.violations));
    const launch = (): Promise<Application> => Application.start({ loaded, demo: options.demo ?? false });
    const application = await launch();
    const token = await issue(application, 'tester');
    return new ProxyHarness(application, emulator, database, folder, token, launch);
  }

  get application(): Application {
    return this.running;
  }

  /** A token of another client. */
  tokenFor(client: string, scopes: readonly string[] = []): Promise<string> {
    return issue(this.running, client, scopes);
  }

  /** Stops the replica and starts another one on the same database and folder; its ports are new ones. */
  async restart(): Promise<void> {
    await this.running.stop();
    this.running = await this.launch();
  }

  /** Origin of the data plane. */
  get url(): string {
    return `http://127.0.0.1:${this.application.dataPort}`;
  }

  get controlUrl(): string {
    return `http://127.0.0.1:${this.application.controlPort}`;
  }

  /** Sends a request with the client token. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { 'x-goog-api-key': this.token, ...(init.headers as Record<string, string> | undefined) };
    return fetch(`${this.url}${path}`, { ...init, headers });
  }

  /** A generateContent-like call. */
  generate(verb = 'generateContent', text = 'hello', init: RequestInit = {}): Promise<Response> {
    const body = JSON.stringify({ contents: [{ role: 'user', parts: [{ text }] }] });
    const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string> | undefined) };
    return this.fetch(`/v1beta/models/${MODEL}:${verb}`, { method: 'POST', body, ...init, headers });
  }

  /** The audit lines of proxied calls so far. */
  async auditedCalls(): Promise<readonly AuditedCall[]> {
    await this.application.get(AuditLog).flush();
    const text = await readFile(join(this.folder, 'audit.log'), 'utf8');
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as AuditedCall).filter((line) => line.event_type === 'ApiCall');
  }

  /** The whole audit file. */
  async auditText(): Promise<string> {
    await this.application.get(AuditLog).flush();
    return readFile(join(this.folder, 'audit.log'), 'utf8');
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.controlUrl}/metrics`)).text();
  }

  async stop(): Promise<void> {
    await this.application.stop();
    await this.emulator.stop();
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function issue(application: Application, client: string, scopes: readonly string[] = []): Promise<string> {
  const { token } = await application.get(TokenIssuer).issueClientToken({ client, ttlMs: 3_600_000, scopes });
  return token;
}

/** What arrives of a body that is broken off. Throws when it ends as if it were whole. */
export async function readUntilCut(response: Response): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
  } catch {
    return text;
  }
  throw new Error('the body ended as if it were whole');
}

export interface AuditedCall {
  readonly event_type: string;
  readonly action: string;
  readonly result: string;
  readonly actor?: { readonly type: string; readonly id: string };
  readonly details: {
    readonly status: number;
    readonly ended: string;
    readonly attempts: number;
    readonly model?: string;
    readonly key?: string;
    readonly fault?: string;
    readonly tokens?: Readonly<Record<string, number>>;
  };
}

function documentOf(
  options: ProxyOptions,
  baseUrl: string,
  databaseUrl: string,
  folder: string,
): Record<string, Section> {
  const base: Record<string, Section> = {
    server: { port: 0, drain_timeout: '2s' },
    gemini: {
      base_url: baseUrl,
      api_keys: (options.keys ?? ['primary']).map((id) => ({ id, key: keyText(id) })),
      retry: { backoff: { base: '1ms', max: '10ms' } },
    },
    auth: { jwt_secret: JWT_SECRET, admin_password: ADMIN_PASSWORD },
    metrics: { prometheus_port: 0 },
    security: { master_key: 'a master key of at least thirty-two characters' },
    audit: { file: join(folder, 'audit.log'), flush: '1ms' },
    persistence: { url: databaseUrl, data_dir: folder },
    logging: { level: process.env['TEST_LOG'] ?? 'silent' },
  };
  for (const [name, section] of Object.entries(options.config ?? {})) base[name] = { ...base[name], ...section };
  return base;
}
