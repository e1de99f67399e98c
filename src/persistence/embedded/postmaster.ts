import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Clock } from '../../kernel/clock.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { readPostmasterFile } from './postmaster-file.js';
import { type Durability, postmasterArgs } from './postmaster-settings.js';
import { type RunAs, SPAWN_PLACE } from './run-as.js';
import { waitUntil } from './wait-until.js';

/** Recovery after a crash reads the whole log since the last checkpoint. */
const READY_MS = 120_000;
const FAST_STOP_MS = 30_000;
const LOG_LINES_KEPT = 20;

export interface PostmasterOptions {
  readonly postgres: string;
  readonly cluster: string;
  readonly socketDir: string;
  readonly user: RunAs | undefined;
  readonly durability: Durability;
  readonly clock: Clock;
}

/** One run of the database server. */
export class Postmaster {
  readonly pid: number;
  /** Resolves when it ended, for whatever reason. */
  readonly exited: Promise<void>;
  private ended = false;
  private readonly lines: string[] = [];

  private constructor(
    private readonly child: ChildProcessByStdio<null, null, Readable>,
    pid: number,
    private readonly clock: Clock,
  ) {
    this.pid = pid;
    this.exited = once(child, 'exit').then(() => {
      this.ended = true;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.keep(text);
    });
  }

  /** Starts a server and waits until it accepts connections; throws EmbeddedPostgresError with its last words. */
  static async launch(options: PostmasterOptions): Promise<Postmaster> {
    const { postgres, cluster, socketDir, user, durability, clock } = options;
    const child = spawn(postgres, postmasterArgs(cluster, socketDir, durability), {
      ...SPAWN_PLACE,
      ...user,
      // A process group of its own: Ctrl-C in the terminal must not stop the database before the calls have drained.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await once(child, 'spawn');
    const postmaster = new Postmaster(child, child.pid ?? 0, clock);
    await postmaster.untilReady(cluster);
    return postmaster;
  }

  /** The last lines of its log. */
  get lastWords(): string {
    return this.lines.join('\n');
  }

  /** Ends its sessions, writes a checkpoint and waits for its end; without a checkpoint when that takes over 30 s. */
  async stop(): Promise<void> {
    this.interrupt();
    const stopped = await waitUntil(this.clock, FAST_STOP_MS, () => this.ended);
    if (!stopped) this.child.kill('SIGQUIT');
    await this.exited;
  }

  /** Asks it to stop and does not wait: for a process that is exiting. */
  interrupt(): void {
    if (!this.ended) this.child.kill('SIGINT');
  }

  private async untilReady(cluster: string): Promise<void> {
    const ready = await waitUntil(this.clock, READY_MS, async () => {
      const file = await readPostmasterFile(cluster);
      return this.ended || (file?.pid === this.pid && file.ready);
    });
    if (ready && !this.ended) return;
    this.child.kill('SIGQUIT');
    throw new EmbeddedPostgresError('start_failed', `The embedded PostgreSQL did not start: ${this.lastWords}`);
  }

  private keep(text: string): void {
    this.lines.push(...text.split('\n').filter((line) => line !== ''));
    this.lines.splice(0, this.lines.length - LOG_LINES_KEPT);
  }
}
