import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { writeFile } from 'node:fs/promises';

import type { AuditLog } from '../../src/audit/audit-log.js';
import type { BreakKind } from '../../src/audit/chain-break.js';
import { verifyAuditFile } from '../../src/audit/verify.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { AuditHarness, event, keys } from './audit.harness.js';

interface Case {
  readonly done: string;
  readonly change: (lines: string[]) => string[];
  readonly found: readonly { readonly line: number; readonly kind: BreakKind }[];
}

/** Ten lines; the first is the checkpoint. */
const CASES: readonly Case[] = [
  {
    done: 'a value is edited',
    change: (lines) => lines.with(4, lines[4]!.replace('line 4', 'line 5')),
    found: [{ line: 5, kind: 'edited' }],
  },
  {
    done: 'one byte of a mac is edited',
    change: (lines) =>
      lines.with(
        4,
        lines[4]!.replace(/(.)"\}\}$/, (_, last) => `${last === 'A' ? 'E' : 'A'}"}}`),
      ),
    found: [{ line: 5, kind: 'edited' }],
  },
  {
    done: 'the number of a line is edited',
    change: (lines) => lines.with(4, lines[4]!.replace('"seq":5', '"seq":50')),
    found: [{ line: 5, kind: 'edited' }],
  },
  { done: 'a line is made unreadable', change: (lines) => lines.with(4, 'x'), found: [{ line: 5, kind: 'edited' }] },
  { done: 'a line is removed', change: (lines) => lines.toSpliced(4, 1), found: [{ line: 5, kind: 'removed' }] },
  { done: 'three lines are removed', change: (lines) => lines.toSpliced(4, 3), found: [{ line: 5, kind: 'removed' }] },
  {
    done: 'two lines are swapped',
    change: (lines) => lines.with(4, lines[5]!).with(5, lines[4]!),
    found: [{ line: 6, kind: 'reordered' }],
  },
  {
    done: 'a line is moved to the end',
    change: (lines) => [...lines.toSpliced(4, 1), lines[4]!],
    found: [{ line: 10, kind: 'reordered' }],
  },
  {
    done: 'a line is repeated',
    change: (lines) => lines.toSpliced(5, 0, lines[2]!),
    found: [{ line: 6, kind: 'duplicated' }],
  },
  { done: 'the beginning is cut off', change: (lines) => lines.slice(2), found: [{ line: 1, kind: 'truncated' }] },
  { done: 'everything is cut off', change: () => [], found: [{ line: 1, kind: 'truncated' }] },
  {
    done: 'a line is edited and another removed',
    change: (lines) => lines.with(2, lines[2]!.replace('line 2', 'line 3')).toSpliced(6, 1),
    found: [
      { line: 3, kind: 'edited' },
      { line: 7, kind: 'removed' },
    ],
  },
];

describe('verifyAuditFile', () => {
  let database: TestDatabase;
  let audit: AuditHarness;
  let log: AuditLog;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.drop();
  });

  beforeEach(async () => {
    audit = await AuditHarness.start(database);
    log = await audit.open();
    for (let index = 1; index < 10; index += 1) log.append(event(`line ${index}`));
    await log.flush();
  });

  afterEach(async () => {
    await audit.stop();
  });

  it('finds nothing in a file as it was written', async () => {
    expect(await audit.verify()).toEqual({ valid: true, checked: 10, breaks: [] });
  });

  it.each(CASES)('names line and kind when $done', async ({ change, found }) => {
    await audit.rewrite(change);
    const report = await audit.verify();
    expect(report.valid).toBe(false);
    expect(report.breaks.map(({ line, kind }) => ({ line, kind }))).toEqual(found);
  });

  it('finds a last line without its end', async () => {
    await audit.add('{"v":1,');
    expect((await audit.verify()).breaks).toMatchObject([{ line: 11, kind: 'truncated' }]);
  });

  it('misses lines cut from the end only when it knows the head', async () => {
    const last = (await audit.lines()).at(-1)!;
    const head = { seq: last.chain.seq, mac: String(Reflect.get(last.chain, 'mac')) };
    expect((await verifyAuditFile(audit.file, { keys, head })).valid).toBe(true);

    await audit.rewrite((lines) => lines.slice(0, -2));
    expect((await audit.verify()).valid).toBe(true);
    const { breaks } = await verifyAuditFile(audit.file, { keys, head });
    expect(breaks).toMatchObject([{ line: 8, kind: 'truncated', detail: expect.stringContaining('lines 9 to 10') }]);
  });

  it('finds lines of another replica among its own', async () => {
    const other = await AuditHarness.start(database);
    await other.open();
    const foreign = (await other.text()).trimEnd();
    await other.stop();
    await audit.rewrite((lines) => lines.toSpliced(5, 0, foreign));

    expect((await audit.verify()).breaks).toMatchObject([{ line: 6, kind: 'foreign' }]);
  });

  it('finds a second chain with the same numbers that was grafted onto the first', async () => {
    const ten = await audit.text();
    const grow = async (action: string): Promise<string[]> => {
      await writeFile(audit.file, ten);
      const again = await audit.open();
      for (let index = 0; index < 3; index += 1) again.append(event(`${action} ${index}`));
      await again.onApplicationShutdown();
      return (await audit.text()).split('\n');
    };
    await log.onApplicationShutdown();
    // Without a head, a restored backup goes on where it ended.
    jest.spyOn(audit.heads, 'find').mockResolvedValue(undefined);
    const [one, other] = [await grow('one'), await grow('other')];
    await writeFile(audit.file, [...one.slice(0, 11), ...other.slice(11)].join('\n'));

    expect((await audit.verify()).breaks).toMatchObject([{ line: 12, kind: 'forked' }]);
  });

  it('says that a key is missing when the master key is another one', async () => {
    const report = await verifyAuditFile(audit.file, { keys: () => undefined });
    expect(report.breaks).toHaveLength(10);
    expect(new Set(report.breaks.map(({ kind }) => kind))).toEqual(new Set(['unknown_key']));
  });
});
