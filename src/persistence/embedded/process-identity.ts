import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What tells a process from a later one that got the same pid. */
export interface ProcessIdentity {
  /** Differs between any two processes that ever had one pid, across reboots too. */
  readonly startToken: string;
  /** The arguments it was started with, joined by spaces. */
  readonly commandLine: string;
}

/** Who runs under that pid now; undefined when nobody does, or only a zombie. */
export function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByPs(pid);
}

async function identifyByProc(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const [stat, commandLine, bootId] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The name in parentheses may hold spaces and parentheses; the state is the first field after it, the start time
    // the twentieth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return {
      startToken: `${bootId.trim()}:${fields[19] ?? ''}`,
      commandLine: commandLine.split('\0').join(' ').trim(),
    };
  } catch {
    return undefined;
  }
}

async function identifyByPs(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const { stdout } = await run('ps', ['-ww', '-p', String(pid), '-o', 'stat=', '-o', 'lstart=', '-o', 'command='], {
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    });
    const match = /^\s*(\S+)\s+(.{24})\s+(.*)$/.exec(stdout.trim());
    if (!match || match[1]?.startsWith('Z')) return undefined;
    return { startToken: match[2] ?? '', commandLine: match[3] ?? '' };
  } catch {
    return undefined;
  }
}
