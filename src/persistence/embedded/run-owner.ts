import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Clock } from '../../kernel/clock.js';
import { newId } from '../../kernel/ids.js';
import { unless } from './file-errors.js';
import { identifyProcess } from './process-identity.js';
import { readRunState, type RunOwner, type RunState, runFile } from './run-state.js';
import { waitUntil } from './wait-until.js';

/** A claim from another host, whose pids mean nothing here, is dead after this long without a heartbeat. */
const FOREIGN_STALE_MS = 20_000;

/** This process as the owner of a new claim. */
export async function describeOwner(clock: Clock): Promise<RunOwner> {
  const self = await identifyProcess(process.pid);
  return {
    claim: newId(),
    ownerPid: process.pid,
    ownerStart: self?.startToken ?? '',
    host: hostname(),
    startedAt: new Date(clock.now()).toISOString(),
  };
}

/** Whether the holder of a claim lives; waits up to 20 s for a heartbeat when it is on another host. */
export async function isHeld(home: string, holder: RunState, clock: Clock): Promise<boolean> {
  return holder.host === hostname() ? isOwnerAlive(holder) : isBeating(home, clock);
}

/** The state of the process that owns the folder and has its database running; undefined when there is none. */
export async function findRunning(home: string): Promise<Extract<RunState, { phase: 'running' }> | undefined> {
  const state = await readRunState(runFile(home));
  if (state?.phase !== 'running' || state.host !== hostname()) return undefined;
  const alive = (await isOwnerAlive(state)) && (await identifyProcess(state.postmasterPid)) !== undefined;
  return alive ? state : undefined;
}

async function isOwnerAlive(holder: RunState): Promise<boolean> {
  return (await identifyProcess(holder.ownerPid))?.startToken === holder.ownerStart;
}

/** Waits until the claim's age tells: a beat while we wait means that its owner lives. */
async function isBeating(home: string, clock: Clock): Promise<boolean> {
  const seen = await lastBeatMs(home);
  if (seen === undefined) return false;
  const remainingMs = Math.min(FOREIGN_STALE_MS, seen + FOREIGN_STALE_MS - clock.now());
  return waitUntil(clock, remainingMs, async () => (await lastBeatMs(home)) !== seen);
}

async function lastBeatMs(home: string): Promise<number | undefined> {
  return (await unless('ENOENT', stat(runFile(home))))?.mtimeMs;
}
