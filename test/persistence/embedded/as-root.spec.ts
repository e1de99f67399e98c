import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { chownSync, cpSync, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OwnerProcess } from '../fixtures/owner-process.js';
import { query, Scratch } from '../fixtures/scratch.js';

const NOBODY = 65534;
const ALICE = namedUser();
/** A user without an entry in /etc/passwd, as some container platforms give. */
const UNNAMED = { uid: 412345, gid: 412345 };
const uidOf = (pid: number) => Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
const postmasterOf = (dataDir: string) =>
  (JSON.parse(readFileSync(join(dataDir, 'postgres/run.json'), 'utf8')) as { postmasterPid: number }).postmasterPid;

const scratch = new Scratch();
afterEach(() => scratch.clean());
afterAll(() => scratch.end());

// Another user's process can only be started by root.
const describeAsRoot = process.getuid?.() === 0 && process.platform === 'linux' ? describe : describe.skip;

// … and can only run Node and this project where others may enter their folders.
const foldersOf = (path: string): string[] => (path === '/' ? ['/'] : [path, ...foldersOf(dirname(path))]);
const isOpen = [dirname(process.execPath), import.meta.dirname]
  .flatMap(foldersOf)
  .every((folder) => (statSync(folder).mode & 0o001) !== 0);
const describeWithUsers = isOpen ? describeAsRoot : describe.skip;
const itWithUsers = isOpen ? it : it.skip;

/** Where the checkout is out of reach for the database's user, its programs are copied, which is told too. */
const notOfPrograms = (text: string): boolean => !text.startsWith("PostgreSQL's programs");

describeAsRoot('as root', () => {
  it('drops its privileges', async () => {
    const dataDir = await scratch.initialised();
    await scratch.start(dataDir);
    expect(uidOf(postmasterOf(dataDir))).toBe(NOBODY);
    expect(statSync(join(dataDir, 'postgres/cluster')).uid).toBe(NOBODY);
  });

  it('keeps the cluster elsewhere when the data folder cannot be entered, says where, and finds it again', async () => {
    const [dataDir, reachableRoot] = [scratch.folder(0o700), scratch.folder()];
    const first = await scratch.start(dataDir, { reachableRoot });
    await query(first.server.socketDir, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.server.stop();
    expect(first.told.filter(notOfPrograms)).toEqual([expect.stringContaining(`lives in ${reachableRoot}/`)]);
    expect(existsSync(join(dataDir, 'postgres/cluster'))).toBe(false);
    const second = await scratch.start(dataDir, { reachableRoot });
    expect(await query(second.server.socketDir, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(second.told.filter(notOfPrograms)).toEqual([]);
  });

  it('moves a cluster, with its rows, out of a folder that was closed to others meanwhile', async () => {
    const [dataDir, reachableRoot] = [await scratch.initialised(), scratch.folder()];
    const first = await scratch.start(dataDir);
    await query(first.server.socketDir, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.server.stop();
    const hidden = join(scratch.folder(0o700), 'data');
    cpSync(dataDir, hidden, { recursive: true, verbatimSymlinks: true });
    const second = await scratch.start(hidden, { reachableRoot });
    expect(await query(second.server.socketDir, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('says what to do when no place can be had', async () => {
    const [dataDir, closed] = [scratch.folder(0o700), scratch.folder(0o700)];
    const reachableRoot = join(closed, 'deeper');
    await expect(scratch.start(dataDir, { reachableRoot })).rejects.toMatchObject({
      problem: 'unreachable',
      message: expect.stringMatching(/ordinary user.*DATABASE_URL/s),
    });
  });

  itWithUsers('runs the database of an ordinary user as that user, who can go on with it afterwards', async () => {
    const dataDir = scratch.folder(0o700, ALICE.uid);
    const alice = OwnerProcess.spawn(dataDir, 'hold', ALICE);
    await alice.ready();
    expect(uidOf(postmasterOf(dataDir))).toBe(ALICE.uid);
    await alice.end('SIGTERM');

    const { server } = await scratch.start(dataDir);
    expect(uidOf(postmasterOf(dataDir))).toBe(ALICE.uid);
    await server.stop();

    const again = OwnerProcess.spawn(dataDir, 'hold', ALICE);
    await again.ready();
    expect((await again.end('SIGTERM')).code).toBe(0);
  });
});

describeWithUsers('an ordinary user', () => {
  it('is told what to do after root has run it', async () => {
    const dataDir = await scratch.initialised();
    const { server } = await scratch.start(dataDir);
    await server.stop();
    chownSync(dataDir, ALICE.uid, ALICE.gid);
    const alice = OwnerProcess.spawn(dataDir, 'hold', ALICE);
    const { error } = await alice.until((line) => line.error !== undefined);
    expect(error).toMatch(/cannot be used.*same user as before.*DATABASE_URL/s);
  });

  it('is told what to do while root runs it', async () => {
    const dataDir = await scratch.initialised();
    await scratch.start(dataDir);
    const alice = OwnerProcess.spawn(dataDir, 'hold', ALICE);
    const { error } = await alice.until((line) => line.error !== undefined);
    expect(error).toMatch(/cannot be used.*same user as before.*DATABASE_URL/s);
  });

  it('cannot connect a command to the database of another user, and is told so', async () => {
    const dataDir = await scratch.initialised();
    await scratch.start(dataDir);
    const alice = OwnerProcess.spawn(dataDir, 'command', ALICE);
    const { error } = await alice.until((line) => line.error !== undefined);
    expect(error).toMatch(/belongs to another user.*DATABASE_URL/s);
  });

  it('without a name is told that PostgreSQL needs one', async () => {
    const dataDir = scratch.folder(0o700, UNNAMED.uid);
    const { error } = await OwnerProcess.spawn(dataDir, 'hold', UNNAMED).until((line) => line.error !== undefined);
    expect(error).toMatch(/user does not exist.*\/etc\/passwd.*DATABASE_URL/s);
  });
});

function namedUser(): { uid: number; gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => Number(line.split(':')[2]));
  const uid = users.find((id) => id > 0 && id !== NOBODY)!;
  return { uid, gid: uid };
}
