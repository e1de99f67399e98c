import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { actions, AuditHarness, event } from './audit.harness.js';

const disk = mkdtempSync(join(tmpdir(), 'audit-disk-'));
const mounted = mount(disk);

/** A disk of 128 KiB; false where this user must not mount one. */
function mount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

(mounted ? describe : describe.skip)('a full disk', () => {
  const file = join(disk, 'audit.log');
  let database: TestDatabase;
  let audit: AuditHarness;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.drop();
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  });

  beforeEach(async () => {
    for (const level of ['error', 'log'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation(() => undefined);
    }
    audit = await AuditHarness.start(database);
  });

  afterEach(async () => {
    await audit.stop();
    await rm(file, { force: true });
    jest.restoreAllMocks();
  });

  const fill = (bytes: number) => writeFile(join(disk, 'ballast'), Buffer.alloc(bytes));
  const free = () => rm(join(disk, 'ballast'));

  it('leaves no half batch behind, and every line comes when there is room', async () => {
    const log = await audit.open({ file });
    log.append(event('one'));
    await log.flush();
    const { size } = await stat(file);
    await fill(100_000);
    const expected = Array.from({ length: 100 }, (_, index) => `while full ${index}`);
    for (const action of expected) log.append(event(action));

    await expect(log.flush()).rejects.toMatchObject({ code: 'ENOSPC' });
    expect((await stat(file)).size).toBe(size);
    expect((await audit.verify(file)).valid).toBe(true);

    await free();
    await log.flush();
    expect(actions(await audit.lines(file))).toEqual(['open audit file', 'one', ...expected]);
    expect((await audit.verify(file)).valid).toBe(true);
  });

  it('does not keep a replica from starting', async () => {
    await writeFile(file, '');
    await fill(131_072).catch(() => undefined);
    const log = await audit.open({ file });
    log.append(event('one'));
    expect(log.isBehind).toBe(true);

    await free();
    await log.flush();
    expect(log.isBehind).toBe(false);
    expect(actions(await audit.lines(file))).toEqual(['open audit file', 'one']);
  });
});
