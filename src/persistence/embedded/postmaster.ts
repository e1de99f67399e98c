import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { Notify } from './notify.js';
import { readPostmasterFile } from './postmaster-file.js';
import { type Durability, postmasterArgs } from './postmaster-settings.js';
import { type RunAs, SPAWN_PLACE } from './run-as.js';
import { waitUntil } from './wait-until.js';

/** Recovery after a crash reads the whole log since the last checkpoint. */
const READY_MS = 120_000;
const FAST_STOP_MS = 30_000;
const LOG_LINES_KEPT = 20;
const LAST_WORDS_MS = 500;
const SURVIVORS = /pre-existing shared memory block/;
const SURVIVORS_MS = 10_000;
const SURVIVORS_RETRY_MS = 100;

export interface PostmasterOptions {
  readonly postgres: string;
  readonly cluster: string;
  readonly socketDir: string;
  readonly user: RunAs | undefined;
  readonly durability: Durability;
  readonly clock: Clock;
  readonly notify: Notify;
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

  /**
   * Starts a server and waits until it accepts connections; throws EmbeddedPostgresError with its last words. Sessions
   * that outlived a killed server end within moments; it waits up to 10 s for them.
   */
  static async launch(options: PostmasterOptions): Promise<Postmaster> {
    const { clock, notify, cluster } = options;
    const deadline = clock.monotonic() + SURVIVORS_MS;
    for (;;) {
      const postmaster = await Postmaster.spawn(options);
      if (await postmaster.becomesReady(cluster)) return postmaster;
      if (!SURVIVORS.test(postmaster.lastWords) || clock.monotonic() >= deadline) throw postmaster.failure();
      notify('warn', 'Sessions of the database server that was killed are still ending; waiting for them.');
      await sleep(SURVIVORS_RETRY_MS);
    }
  }

  private static async spawn(options: PostmasterOptions): Promise<Postmaster> {
    const { postgres, cluster, socketDir, user, durability, clock } = options;
    const child = spawn(postgres, postmasterArgs(cluster, socketDir, durability), {
      ...SPAWN_PLACE,
      ...user,
      // A process group of its own: Ctrl-C in the terminal must not stop the database before the calls have drained.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await once(child, 'spawn');
    return new Postmaster(child, child.pid ?? 0, clock);
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

  private async becomesReady(cluster: string): Promise<boolean> {
    const isReady = async (): Promise<boolean> => {
      const file = await readPostmasterFile(cluster);
      return file?.pid === this.pid && file.ready;
    };
    const settled = await waitUntil(this.clock, READY_MS, async () => this.ended || (await isReady()));
    if (settled && !this.ended) return true;
    this.child.kill('SIGQUIT');
    await this.exited;
    await waitUntil(this.clock, LAST_WORDS_MS, () => this.child.stderr.readableEnded);
    return false;
  }

  private failure(): EmbeddedPostgresError {
    return new EmbeddedPostgresError('start_failed', `The embedded PostgreSQL did not start: ${this.lastWords}`);
  }

  private keep(text: string): void {
    this.lines.push(...text.split('\n').filter((line) => line !== ''));
    this.lines.splice(0, this.lines.length - LOG_LINES_KEPT);
  }
}
