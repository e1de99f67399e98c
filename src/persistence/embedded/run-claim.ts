import { link, mkdir, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import type { Cancel, Clock } from '../../kernel/clock.js';
import { newId } from '../../kernel/ids.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { errorCode } from '../../kernel/error-code.js';
import { unless } from './file-errors.js';
import { describeOwner, isHeld } from './run-owner.js';
import { readRunState, type RunOwner, type RunState, runFile } from './run-state.js';

const HEARTBEAT_MS = 5_000;
const RACES_MAX = 5;

/**
 * The exclusive right of one process to a data folder, written to `run.json`. PostgreSQL's own lock stands behind it:
 * the claim is what makes the second process fail early, with the first one's pid.
 */
export class RunClaim {
  private beat: Cancel | undefined;

  private constructor(
    private readonly home: string,
    private readonly owner: RunOwner,
    private readonly clock: Clock,
    /** What a predecessor that never released its claim left behind. */
    readonly predecessor: RunState | undefined,
  ) {
    this.scheduleBeat();
  }

  /** Takes the folder, also from a dead owner; throws EmbeddedPostgresError `in_use` when its owner lives. */
  static async acquire(home: string, clock: Clock): Promise<RunClaim> {
    const owner = await describeOwner(clock);
    let predecessor: RunState | undefined;
    for (let race = 0; race < RACES_MAX; race += 1) {
      if (await tryToClaim(home, owner)) return new RunClaim(home, owner, clock, predecessor);
      const holder = await readRunState(runFile(home));
      if (holder && (await isHeld(home, holder, clock))) throw inUse(home, holder);
      predecessor = holder ?? predecessor;
      await removeStale(home, holder);
    }
    throw new EmbeddedPostgresError('in_use', `Several processes are starting on ${home} at once. Start one of them.`);
  }

  /** Tells other processes how to connect. */
  async publish(postmasterPid: number, socketDir: string): Promise<void> {
    const state: RunState = { ...this.owner, phase: 'running', postmasterPid, socketDir };
    const draft = draftFile(this.home, this.owner);
    await writeFile(draft, JSON.stringify(state), { mode: 0o600 });
    await rename(draft, runFile(this.home));
  }

  /** Gives the folder up; does nothing when it is no longer ours. */
  async release(): Promise<void> {
    this.beat?.();
    const state = await readRunState(runFile(this.home));
    if (state?.claim === this.owner.claim) await rm(runFile(this.home), { force: true });
  }

  private scheduleBeat(): void {
    this.beat = this.clock.after(HEARTBEAT_MS, () => {
      const now = new Date(this.clock.now());
      // A missed beat is harmless; the next one comes.
      utimes(runFile(this.home), now, now).catch(() => undefined);
      this.scheduleBeat();
    });
  }
}

/** A hard link appears with its whole content or not at all, and fails when the name is taken. */
async function tryToClaim(home: string, owner: RunOwner): Promise<boolean> {
  await mkdir(home, { recursive: true });
  const draft = draftFile(home, owner);
  const state: RunState = { ...owner, phase: 'starting' };
  await writeFile(draft, JSON.stringify(state), { mode: 0o600 });
  try {
    await link(draft, runFile(home));
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

function draftFile(home: string, owner: RunOwner): string {
  return `${runFile(home)}.${owner.claim}`;
}

/** Moves the stale file aside before removing it, so that a claim made meanwhile is put back. */
async function removeStale(home: string, stale: RunState | undefined): Promise<void> {
  const aside = `${runFile(home)}.${newId()}`;
  await unless('ENOENT', rename(runFile(home), aside));
  const moved = await readRunState(aside);
  if (moved && moved.claim !== stale?.claim) await unless('EEXIST', link(aside, runFile(home)));
  await rm(aside, { force: true });
}

function inUse(home: string, holder: RunState): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'in_use',
    `The embedded database in ${home} is used by process ${holder.ownerPid} on ${holder.host} since ${holder.startedAt}. ` +
      'One process at a time can own it: stop that one first, or choose another persistence.data_dir.',
  );
}
