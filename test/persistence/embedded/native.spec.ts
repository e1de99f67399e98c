import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findNativeFolder } from '../../../src/persistence/embedded/native-package.js';
import { prepareNativePostgres } from '../../../src/persistence/embedded/native-postgres.js';
import { isRoot, NOBODY } from '../../../src/persistence/embedded/run-as.js';
import { Scratch } from '../fixtures/scratch.js';

const scratch = new Scratch();
afterEach(() => scratch.clean());
afterAll(() => scratch.end());

const user = isRoot() ? NOBODY : undefined;

/** A copy of the npm package that may be spoiled. */
function copyOfPackage(folderMode = 0o755): string {
  const root = scratch.folder(folderMode);
  cpSync(dirname(findNativeFolder()), root, { recursive: true, verbatimSymlinks: true });
  return join(root, 'native');
}

function removeLinks(native: string): void {
  const lib = join(native, 'lib');
  for (const name of readdirSync(lib).filter((entry) => lstatSync(join(lib, entry)).isSymbolicLink())) {
    rmSync(join(lib, name));
  }
}

async function prepare(native: string) {
  const told: string[] = [];
  const copyInto = scratch.folder();
  const postgres = await prepareNativePostgres({ native, copyInto, user, notify: (_level, text) => told.push(text) });
  return { postgres, told, copyInto };
}

describe("PostgreSQL's programs", () => {
  it('are used where npm put them', async () => {
    const native = copyOfPackage();
    const { postgres, told } = await prepare(native);
    expect(postgres).toEqual({ postgres: `${native}/bin/postgres`, initdb: `${native}/bin/initdb`, major: '18' });
    expect(told).toEqual([]);
  });

  it('get their library links from us when the install script did not run', async () => {
    const native = copyOfPackage();
    removeLinks(native);
    const { postgres, told } = await prepare(native);
    expect(postgres.postgres).toBe(`${native}/bin/postgres`);
    expect(told).toEqual([]);
  });

  const itAsRoot = isRoot() ? it : it.skip;

  itAsRoot('are copied, once, when the unprivileged user cannot enter their folder', async () => {
    const native = copyOfPackage(0o700);
    removeLinks(native);
    const { postgres, told, copyInto } = await prepare(native);
    expect(postgres.postgres.startsWith(copyInto)).toBe(true);
    expect(postgres.major).toBe('18');
    expect(told).toEqual([expect.stringContaining('were copied to')]);
    const again: string[] = [];
    await prepareNativePostgres({ native, copyInto, user, notify: (_level, text) => again.push(text) });
    expect(again).toEqual([]);
  });

  itAsRoot('of an earlier release, copied, make room', async () => {
    const native = copyOfPackage(0o700);
    const copyInto = scratch.folder();
    mkdirSync(join(copyInto, 'postgresql-17.0.0/native'), { recursive: true });
    await prepareNativePostgres({ native, copyInto, user, notify: () => undefined });
    expect(existsSync(join(copyInto, 'postgresql-17.0.0'))).toBe(false);
  });

  it('that lack their loader, as on Alpine, are refused with the way out', async () => {
    const native = copyOfPackage();
    writeFileSync(join(native, 'bin/postgres'), '#!/lib64/no-such-loader\n');
    await expect(prepare(native)).rejects.toMatchObject({
      problem: 'not_runnable',
      message: expect.stringMatching(/glibc.*DATABASE_URL/s),
    });
  });

  it('that fail wherever they are put are refused with their own words', async () => {
    const native = copyOfPackage();
    writeFileSync(join(native, 'bin/postgres'), '#!/bin/sh\necho "illegal instruction" >&2\nexit 1\n');
    chmodSync(join(native, 'bin/postgres'), 0o755);
    await expect(prepare(native)).rejects.toMatchObject({
      problem: 'not_runnable',
      message: expect.stringMatching(/illegal instruction.*DATABASE_URL/s),
    });
  });

  it.each([
    ['win32', 'x64', /no embedded PostgreSQL for win32-x64.*DATABASE_URL/s],
    ['linux', 'riscv64', /no embedded PostgreSQL for linux-riscv64.*DATABASE_URL/s],
    ['darwin', process.platform === 'darwin' ? 'riscv64' : 'arm64', /darwin.*DATABASE_URL/s],
  ])('are refused on %s-%s, where there are none or none are installed', (platform, arch, message) => {
    expect(() => findNativeFolder(platform, arch)).toThrow(
      expect.objectContaining({ problem: 'unsupported_platform' }),
    );
    expect(() => findNativeFolder(platform, arch)).toThrow(message);
  });
});
