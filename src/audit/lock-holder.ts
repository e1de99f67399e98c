import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

import { errorCode } from '../kernel/error-code.js';

/** Which process holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the kernel's own count; tells it from a later one with its pid. */
  readonly started: string | undefined;
}

export function thisProcess(): LockHolder {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid) };
}

/** A holder as text: `pid.started@host`, with nothing for an unknown start. */
export function formatHolder({ pid, started, host }: LockHolder): string {
  return `${pid}.${started ?? ''}@${host}`;
}

/** The holder that a text names, or undefined when it names none. */
export function parseHolder(text: string): LockHolder | undefined {
  const [, pid, started, host] = /^(\d{1,10})\.(\d*)@(.+)$/.exec(text) ?? [];
  return pid && host ? { pid: Number(pid), host, started: started || undefined } : undefined;
}

/** Whether a holder of this machine still runs. */
export function runs({ pid, started }: LockHolder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false;
  }
  return started === undefined || started === startOf(pid);
}

// The 22nd field of /proc/<pid>/stat; the second may hold spaces and ends with the last parenthesis.
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
