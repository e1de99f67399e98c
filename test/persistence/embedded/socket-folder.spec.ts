import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRoot, NOBODY } from '../../../src/persistence/embedded/run-as.js';
import { makeSocketFolder, removeSocketFolder } from '../../../src/persistence/embedded/socket-folder.js';
import { Scratch } from '../fixtures/scratch.js';

const scratch = new Scratch();
afterEach(() => scratch.clean());

describe('the socket folder', () => {
  it('is made under the first root that is short enough', async () => {
    const short = scratch.folder();
    const long = join(scratch.folder(), 'x'.repeat(80));
    mkdirSync(long);
    expect(dirname(await makeSocketFolder(undefined, [long, short]))).toBe(short);
  });

  it('is made under the first root that exists and that its user can enter', async () => {
    const open = scratch.folder();
    const closed = scratch.folder(0o700);
    const roots = [join(open, 'missing'), ...(isRoot() ? [closed] : []), open];
    expect(dirname(await makeSocketFolder(isRoot() ? NOBODY : undefined, roots))).toBe(open);
  });

  it('is asked for in words when no root will do', async () => {
    await expect(makeSocketFolder(undefined, ['/'.padEnd(120, 'x')])).rejects.toMatchObject({
      problem: 'unreachable',
      message: expect.stringMatching(/103 bytes.*TMPDIR.*DATABASE_URL/s),
    });
  });

  it('is the only thing that the clean-up of a dead process removes', async () => {
    const precious = scratch.folder();
    await removeSocketFolder(precious);
    expect(existsSync(precious)).toBe(true);
    const made = await makeSocketFolder(undefined, [precious]);
    await removeSocketFolder(made);
    expect(existsSync(made)).toBe(false);
  });
});
