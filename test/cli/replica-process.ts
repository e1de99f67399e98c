import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const HOOKS = join(ROOT, 'test/support/typescript-hooks.mjs');

/** Variables that a developer may have set and that would change what is tested. */
const UNSET = [
  'GEMINI_API_KEY',
  'GEMINI_PROXY_CONFIG',
  'JWT_SECRET',
  'ADMIN_PASSWORD',
  'MASTER_KEY',
  'DATABASE_URL',
  'REDIS_URL',
  'HOST',
  'ADMIN_HOST',
  'LOG_LEVEL',
  'NODE_ENV',
];

/** Two ports that were free a moment ago: the data plane's and the control plane's. */
export async function freePorts(): Promise<{ PORT: string; ADMIN_PORT: string }> {
  const servers = [createServer(), createServer()];
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  const [data = 0, control = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) await once(server.close(), 'close');
  return { PORT: String(data), ADMIN_PORT: String(control) };
}

/** A working folder of a test, removed with what the embedded database of a root user keeps elsewhere. */
export class WorkFolder {
  readonly path = mkdtempSync(join(process.env['GEMINI_PROXY_TEST_ROOT'] ?? tmpdir(), 'gemini-proxy-cli-'));

  remove(): void {
    for (const dataDir of ['data', 'data/demo']) {
      const elsewhere = readIfThere(join(this.path, dataDir, 'postgres/location'));
      if (elsewhere !== undefined) rmSync(elsewhere.trim(), { recursive: true, force: true });
    }
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Runs `src/main.ts` or the binary as a user does: in a folder, by its arguments and variables alone. */
export class ReplicaProcess {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(entry: 'main' | 'cli/gemini-proxy', args: readonly string[], cwd: string, env: Record<string, string>) {
    const inherited = Object.entries(process.env).filter(([name]) => !UNSET.includes(name));
    this.#child = spawn(process.execPath, ['--import', HOOKS, join(ROOT, `src/${entry}.ts`), ...args], {
      cwd,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, as a shell gives to what it runs.
      detached: true,
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.#ended = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  /** The exit code, once the process has ended and all its output was read. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Resolves when the output says where the planes are, which is said last; rejects when the process ends before. */
  async ready(): Promise<this> {
    const printed = new Promise<void>((resolve) => {
      this.#child.stdout?.on('data', () => {
        if (/^(?:Admin login:|Make a client token)/m.test(this.stdout)) resolve();
      });
    });
    const code = await Promise.race([printed, this.#ended]);
    if (code !== undefined) throw new Error(`ended with ${String(code)}:\n${this.stdout}\n${this.stderr}`);
    return this;
  }

  /** Signals the process, or its whole group as a terminal does; resolves with the exit code. */
  stop(signal: NodeJS.Signals, target: 'process' | 'group' = 'process'): Promise<number | null> {
    const pid = this.#child.pid ?? 0;
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      process.kill(target === 'group' ? -pid : pid, signal);
    }
    return this.#ended;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
