import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { errorCode } from '../../kernel/error-code.js';

/** The process that owns a data folder. */
export interface RunOwner {
  readonly claim: string;
  readonly ownerPid: number;
  /** `ProcessIdentity.startToken` of the owner. */
  readonly ownerStart: string;
  readonly host: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** What `run.json` in the embedded database's folder says. */
export type RunState =
  | (RunOwner & { readonly phase: 'starting' })
  | (RunOwner & { readonly phase: 'running'; readonly postmasterPid: number; readonly socketDir: string });

export function runFile(home: string): string {
  return join(home, 'run.json');
}

/** The state in a file; undefined when there is none, or an unreadable one (a power cut can leave an empty file). */
export async function readRunState(file: string): Promise<RunState | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isRunState(value) ? value : undefined;
  } catch (error) {
    if (errorCode(error) === 'EACCES') {
      throw new EmbeddedPostgresError(
        'unreachable',
        `The embedded database of ${file} belongs to another user. Run this as the user that runs the proxy.`,
        { cause: error },
      );
    }
    return undefined;
  }
}

function isRunState(value: unknown): value is RunState {
  if (typeof value !== 'object' || value === null) return false;
  const state = value as Record<string, unknown>;
  const owner = typeof state['claim'] === 'string' && typeof state['ownerPid'] === 'number';
  if (state['phase'] === 'starting') return owner;
  return (
    owner &&
    state['phase'] === 'running' &&
    typeof state['postmasterPid'] === 'number' &&
    typeof state['socketDir'] === 'string'
  );
}
