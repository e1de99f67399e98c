import { cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newId } from '../../kernel/ids.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { errorCode } from '../../kernel/error-code.js';
import { unless } from './file-errors.js';
import { findNativeFolder, restoreLinks } from './native-package.js';
import type { Notify } from './notify.js';
import { giveTo, type RunAs, runAsUser } from './run-as.js';

const COPY_PREFIX = 'postgresql-';

/** PostgreSQL's programs, tried and found runnable. */
export interface NativePostgres {
  readonly initdb: string;
  readonly postgres: string;
  /** `18`. */
  readonly major: string;
}

export interface NativeOptions {
  /** A folder that the user can enter; binaries are copied there when theirs cannot be used in place. */
  readonly copyInto: string;
  readonly user: RunAs | undefined;
  readonly notify: Notify;
  readonly native?: string;
}

/**
 * Finds programs that the user can run: those of the npm package, or a copy where the package is out of the user's
 * reach or lacks its library links and cannot be written. Throws EmbeddedPostgresError.
 */
export async function prepareNativePostgres(options: NativeOptions): Promise<NativePostgres> {
  const native = options.native ?? findNativeFolder();
  await restoreLinks(native);
  const inPlace = await probe(native, options.user);
  if (inPlace.ok) return inPlace.postgres;
  if (inPlace.errno === 'ENOENT') throw notRunnable(inPlace.why);
  const copy = await copyNative(native, options);
  const copied = await probe(copy, options.user);
  if (copied.ok) return copied.postgres;
  throw notRunnable(copied.why);
}

function notRunnable(why: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError('not_runnable', `The embedded PostgreSQL cannot be run: ${why}`);
}

type Probe =
  | { readonly ok: true; readonly postgres: NativePostgres }
  | { readonly ok: false; readonly errno: string | undefined; readonly why: string };

async function probe(native: string, user: RunAs | undefined): Promise<Probe> {
  const [postgres, initdb] = [join(native, 'bin/postgres'), join(native, 'bin/initdb')];
  try {
    const { stdout } = await runAsUser(postgres, ['--version'], user);
    return { ok: true, postgres: { postgres, initdb, major: /(\d+)/.exec(stdout)?.[1] ?? '' } };
  } catch (error) {
    return { ok: false, errno: errorCode(error), why: explain(error) };
  }
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOENT: 'its loader is missing. The binaries need glibc; this system (Alpine?) has another C library.',
  EACCES: 'the system does not allow it. Is the data folder mounted with noexec?',
  EPERM: 'this process is root and may not change its user. Start it as an ordinary user.',
  EINVAL: 'this process is root and the unprivileged user 65534 does not exist here. Start it as an ordinary user.',
};

function explain(error: unknown): string {
  const known = EXPLANATIONS[errorCode(error) ?? ''];
  if (known !== undefined) return known;
  const stderr = (error as { stderr?: unknown }).stderr;
  return typeof stderr === 'string' && stderr !== '' ? stderr.trim() : String(error);
}

async function copyNative(native: string, { copyInto, user, notify }: NativeOptions): Promise<string> {
  const name = `${COPY_PREFIX}${await packageVersion(native)}`;
  const target = join(copyInto, name, 'native');
  await removeOtherCopies(copyInto, name);
  if ((await unless('ENOENT', stat(target))) && (await restoreLinks(target))) return target;
  const draft = join(copyInto, `${COPY_PREFIX}${newId()}`);
  await mkdir(draft, { recursive: true });
  await cp(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await restoreLinks(join(draft, 'native'));
  if (user) await giveTo(user, draft);
  await rm(dirname(target), { recursive: true, force: true });
  await rename(draft, dirname(target));
  notify('info', `PostgreSQL's programs were copied to ${target}, because they cannot be used where npm put them.`);
  return target;
}

async function packageVersion(native: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8'));
  const version = (manifest as { version?: unknown } | null)?.version;
  return typeof version === 'string' ? version : 'unknown';
}

async function removeOtherCopies(folder: string, keep: string): Promise<void> {
  const copies = (await readdir(folder)).filter((name) => name.startsWith(COPY_PREFIX) && name !== keep);
  await Promise.all(copies.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
