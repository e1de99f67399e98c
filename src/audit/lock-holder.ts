import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which process holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the kernel's own count; tells it from a later one with its pid. Null if unknown. */
  readonly started: string | null;
}

export function thisProcess(): LockHolder {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid) };
}

/** The holder that a lock file names, or undefined when it names none. */
export function parseHolder(text: string): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a holder of this machine still runs. */
export function runs({ pid, started }: LockHolder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return started === null || started === startOf(pid);
}

// The 22nd field of /proc/<pid>/stat; the second may hold spaces and ends with the last parenthesis.
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false;
  if (!('pid' in value && 'host' in value && 'started' in value)) return false;
  const { pid, host, started } = value;
  return Number.isInteger(pid) && typeof host === 'string' && (typeof started === 'string' || started === null);
}
