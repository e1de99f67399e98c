import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { mkdir, readdir, lutimes, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { actions, AuditHarness, event, until } from './audit.harness.js';

const FLUSH_MS = 50;

describe('AuditLog', () => {
  let database: TestDatabase;
  let audit: AuditHarness;
  let errors: jest.SpiedFunction<Logger['error']>;
  let warnings: jest.SpiedFunction<Logger['warn']>;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.drop();
  });

  beforeEach(async () => {
    errors = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    warnings = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    audit = await AuditHarness.start(database);
  });

  afterEach(async () => {
    await audit.stop();
    jest.restoreAllMocks();
  });

  describe('lines', () => {
    it('have the fields of the contract, in its order', async () => {
      const log = await audit.open();
      log.append(
        event('POST /v1beta/models/m:generateContent', {
          type: 'ApiCall',
          durationMs: 150.4,
          requestId: 'r-1',
          actor: { type: 'client', id: 'c-1' },
          details: { status: 200 },
        }),
      );
      await log.flush();

      const [, line] = (await audit.text()).split('\n');
      expect(line).toMatch(
        /^\{"v":1,"timestamp":"2025-12-31T23:59:59\.849Z","event_type":"ApiCall","source_ip":"127\.0\.0\.1","action":"POST [^"]+","result":"Success","duration_ms":150,"id":"[^"]+","request_id":"r-1","actor":\{"type":"client","id":"c-1"\},"details":\{"status":200\},"chain":\{"replica":"[^"]+","seq":2,"kid":"[0-9a-f]{16}","prev":"[\w-]{43}","mac":"[\w-]{43}"\}\}$/,
      );
    });

    it('are written with the next tick after `audit.flush`, not before', async () => {
      const log = await audit.open();
      log.append(event('one'));
      audit.clock.advance(FLUSH_MS - 1);
      expect(await audit.lines()).toHaveLength(1);

      audit.clock.advance(1);
      await until(async () => (await audit.lines()).length === 2);
      expect(actions(await audit.lines())[1]).toBe('one');
    });

    it('keep the order in which they were appended, however many there are and whenever ticks fall', async () => {
      const log = await audit.open();
      const expected = Array.from({ length: 5_000 }, (_, index) => `line ${index}`);
      for (const action of expected) {
        log.append(event(action));
        if (action.endsWith('77')) audit.clock.advance(FLUSH_MS);
        if (action.endsWith('777')) await new Promise((resolve) => setImmediate(resolve));
      }
      await log.flush();

      expect(actions(await audit.lines()).slice(1)).toEqual(expected);
      expect(await audit.verify()).toEqual({ valid: true, checked: 5_001, breaks: [] });
    });

    it('that were appended before the file is open are written when it is', async () => {
      const log = audit.make();
      log.append(event('early'));
      audit.clock.advance(FLUSH_MS);
      await log.onModuleInit();

      expect(actions(await audit.lines())).toEqual(['open audit file', 'early']);
    });

    it('cannot be broken out of by what a caller sends', async () => {
      const log = await audit.open();
      const hostile = 'GET /\r\n{"v":1,"event_type":"Forged"}\u0000\u001b[2J\u009b31m\u2028\u202e\ud800"}';
      log.append(event(hostile, { actor: { type: 'client', id: 'a\nb' }, details: { model: '\n\n', 'k\ny': 'v' } }));
      await log.flush();

      const [, line] = await audit.lines();
      expect(await audit.lines()).toHaveLength(2);
      expect(await audit.text()).not.toMatch(/[^\n\P{C}]|[\p{Zl}\p{Zp}]/u);
      expect(line?.action).toBe(hostile);
      expect((await audit.verify()).valid).toBe(true);
    });

    it('are bounded: long values are cut, and details beyond all measure left out', async () => {
      const log = await audit.open();
      const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`field${index}`, 'y'.repeat(2_000)]));
      log.append(event('x'.repeat(100_000), { details: { model: 'm'.repeat(5_000) } }));
      log.append(event('many', { details: many }));
      await log.flush();

      const [, long, left] = await audit.lines();
      expect(long?.action).toHaveLength(1_025);
      expect(long?.details['model']).toHaveLength(1_025);
      expect(left?.details['left_out']).toBe('too long');
      expect((await audit.verify()).valid).toBe(true);
    });

    it('never make `append` throw, even with what cannot be a line', async () => {
      const log = await audit.open();
      log.append(event('bad', { at: Number.NaN }));
      log.append(event('good'));
      await log.flush();

      expect(errors).toHaveBeenCalledTimes(1);
      expect(actions(await audit.lines())).toEqual(['open audit file', 'good']);
    });

    it('stay few in a flood of refusals: the rest of a second is one line with a count', async () => {
      const log = await audit.open();
      const refused = event('POST /v1beta/models', { result: 'Denied', refusal: 'token_invalid' });
      for (let index = 0; index < 250; index += 1) log.append(refused);
      await log.flush();

      const lines = await audit.lines();
      expect(lines).toHaveLength(1 + 100 + 1);
      expect(lines.at(-1)).toMatchObject({ action: 'POST /v1beta/models', result: 'Denied', details: { count: 150 } });
    });

    it('need no timer while nothing happens', async () => {
      const log = await audit.open();
      log.append(event('one'));
      await log.flush();
      audit.clock.advance(2_000);
      await until(async () => (await audit.heads.find(await audit.replica()))?.seq === 2);

      const onlyTheLockIsKeptFresh = 1;
      expect(audit.clock.pending).toBe(onlyTheLockIsKeptFresh);
    });
  });

  describe('the file', () => {
    it('is readable by its owner alone, and so is the folder made for it', async () => {
      await audit.open();
      expect((await stat(audit.file)).mode & 0o777).toBe(0o600);
      expect((await stat(dirname(audit.file))).mode & 0o777).toBe(0o700);
    });

    it('begins with a checkpoint of a chain that has no line before', async () => {
      await audit.open();
      const [first] = await audit.lines();
      expect(first).toMatchObject({
        event_type: 'Checkpoint',
        details: { previous_file: null, last_seq: 0, last_mac: '' },
        chain: { seq: 1, prev: '', replica: await audit.replica() },
      });
    });

    it('is continued after a restart, by the same replica and without a break', async () => {
      const first = await audit.open();
      first.append(event('before'));
      await first.onApplicationShutdown();
      const second = await audit.open();
      second.append(event('after'));
      await second.flush();

      const lines = await audit.lines();
      expect(actions(lines)).toEqual(['open audit file', 'before', 'after']);
      expect(new Set(lines.map((line) => line.chain.replica)).size).toBe(1);
      expect((await audit.verify()).valid).toBe(true);
    });

    it('loses an incomplete last line on start, and a Recovery line says how many bytes', async () => {
      const first = await audit.open();
      first.append(event('before'));
      await first.onApplicationShutdown();
      const half = '{"v":1,"timestamp":"2026-01-01T00:00:00.000Z","event_ty';
      await audit.add(half);

      const second = await audit.open();
      second.append(event('after'));
      await second.flush();

      const lines = await audit.lines();
      expect(lines.map((line) => line.event_type)).toEqual(['Checkpoint', 'SystemEvent', 'Recovery', 'SystemEvent']);
      expect(lines[2]?.details).toEqual({ cut_bytes: half.length });
      expect(await audit.verify()).toEqual({ valid: true, checked: 4, breaks: [] });
    });

    it('begins anew when the first line itself was never finished', async () => {
      await mkdir(dirname(audit.file), { recursive: true });
      await writeFile(audit.file, '{"v":1,"time');
      await audit.open();

      expect((await audit.lines()).map((line) => line.event_type)).toEqual(['Checkpoint', 'Recovery']);
      expect((await audit.verify()).valid).toBe(true);
    });

    it('is put aside, never overwritten, when it is something else', async () => {
      await mkdir(dirname(audit.file), { recursive: true });
      const precious = 'a file of someone else\nwithout any chain';
      await writeFile(audit.file, precious);
      await audit.open();

      const [first] = await audit.lines();
      const aside = String(first?.details['previous_file']);
      expect(aside).toMatch(/^audit\.log\.unreadable-\d+$/);
      expect(await audit.text(join(dirname(audit.file), aside))).toBe(precious);
    });

    it('is made again when its folder was removed while running, and says where the chain stood', async () => {
      const log = await audit.open();
      log.append(event('lost with the folder'));
      await log.flush();
      await rm(dirname(audit.file), { recursive: true });
      log.append(event('after'));
      await log.flush();

      const [checkpoint, after] = await audit.lines();
      expect(checkpoint).toMatchObject({ event_type: 'Checkpoint', details: { last_seq: 2 }, chain: { seq: 3 } });
      expect(after?.action).toBe('after');
      const { breaks } = await audit.verify();
      expect(breaks).toMatchObject([{ line: 1, kind: 'removed' }]);
    });

    it('tells of lines that somebody cut from its end while it was open', async () => {
      const log = await audit.open();
      log.append(event('one'));
      await log.flush();
      const { size } = await stat(audit.file);
      log.append(event('two'));
      await log.flush();
      await truncate(audit.file, size + 10);
      log.append(event('three'));
      await log.flush();

      const recovery = (await audit.lines()).find((line) => line.event_type === 'Recovery');
      expect(recovery?.details).toEqual({ cut_bytes: 10, missing_from: 3, missing_to: 3 });
      expect((await audit.verify()).breaks).toMatchObject([{ line: 3, kind: 'truncated' }]);
    });
  });

  describe('one process for one file', () => {
    it('refuses a second log on the same file, and says what to do', async () => {
      await audit.open();
      await expect(audit.open()).rejects.toThrow(
        `${audit.file} is written by process ${process.pid} on ${hostname()}. Stop that process, or set audit.file`,
      );
    });

    it('takes over from a process that died without letting go', async () => {
      await mkdir(dirname(audit.file), { recursive: true });
      const noPid = 2 ** 22 + 1;
      await symlink(`${noPid}.1@${hostname()}`, `${audit.file}.lock`);
      await audit.open();
      expect(await audit.lines()).toHaveLength(1);
    });

    it('takes over from an earlier process that had our pid, as in a container', async () => {
      await mkdir(dirname(audit.file), { recursive: true });
      await symlink(`${process.pid}.1@${hostname()}`, `${audit.file}.lock`);
      await audit.open();
      expect(await audit.lines()).toHaveLength(1);
    });

    it('respects another machine that keeps its lock fresh', async () => {
      await mkdir(dirname(audit.file), { recursive: true });
      await symlink('1.1@elsewhere', `${audit.file}.lock`);
      await expect(audit.open()).rejects.toThrow('is written by process 1 on elsewhere');
    });

    it('takes over from another machine that let its lock go stale', async () => {
      await mkdir(dirname(audit.file), { recursive: true });
      const lock = `${audit.file}.lock`;
      await symlink('1.1@elsewhere', lock);
      const longAgo = new Date(Date.now() - 60_000);
      await lutimes(lock, longAgo, longAgo);
      await audit.open();
      expect(await audit.lines()).toHaveLength(1);
    });

    it('lets go when it stops', async () => {
      const first = await audit.open();
      await first.onApplicationShutdown();
      expect(await readdir(dirname(audit.file))).toEqual(['audit.log']);
    });
  });

  describe('when the file cannot be written', () => {
    const inTheWay = async (): Promise<void> => {
      await rename(dirname(audit.file), join(audit.folder, 'away'));
      await writeFile(dirname(audit.file), 'not a folder');
    };
    const outOfTheWay = async (): Promise<void> => {
      await rm(dirname(audit.file));
      await rename(join(audit.folder, 'away'), dirname(audit.file));
    };

    it('keeps lines in order and writes them when it can again, without losing one', async () => {
      const log = await audit.open();
      log.append(event('one'));
      await log.flush();
      await inTheWay();
      log.append(event('two'));
      audit.clock.advance(FLUSH_MS);
      await until(() => log.isBehind);
      log.append(event('three'));
      expect(log.accepting).toBe(true);
      await outOfTheWay();
      audit.clock.advance(1_000);
      await until(() => !log.isBehind);
      await log.flush();

      expect(actions(await audit.lines())).toEqual(['open audit file', 'one', 'two', 'three']);
      expect(await audit.verify()).toEqual({ valid: true, checked: 4, breaks: [] });
    });

    it('says so once, however often it fails', async () => {
      const log = await audit.open();
      await inTheWay();
      log.append(event('one'));
      await expect(log.flush()).rejects.toThrow();
      await expect(log.flush()).rejects.toThrow();

      expect(errors).toHaveBeenCalledTimes(1);
      expect(errors.mock.calls[0]?.[0]).toContain('cannot be written');
      await outOfTheWay();
    });

    it('counts what finds no room, and a Gap line names how many and when', async () => {
      const log = await audit.open({ when_full: 'refuse' });
      await inTheWay();
      const large = { details: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, 'x'.repeat(1_000)])) };
      while (log.accepting) log.append(event('kept', large));
      log.append(event('lost'));
      audit.clock.advance(1_000);
      log.append(event('lost'));
      await outOfTheWay();
      await log.flush();
      log.append(event('after'));
      await log.flush();

      const lines = await audit.lines();
      expect(actions(lines)).not.toContain('lost');
      expect(lines.at(-1)?.action).toBe('after');
      expect(lines.at(-2)).toMatchObject({
        event_type: 'Gap',
        result: 'Failure',
        details: { count: 2, from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:00:01.000Z' },
      });
      expect((await audit.verify()).valid).toBe(true);
    });

    it('stops accepting with `when_full: refuse` until it can be written again', async () => {
      const log = await audit.open({ when_full: 'refuse' });
      expect(log.accepting).toBe(true);
      await inTheWay();
      log.append(event('one'));
      await expect(log.flush()).rejects.toThrow();
      expect(log.accepting).toBe(false);

      await outOfTheWay();
      audit.clock.advance(1_000);
      await until(() => log.accepting);
      expect(actions(await audit.lines())).toContain('one');
    });

    it('does not start when the folder cannot be had, and says what to do', async () => {
      await writeFile(dirname(audit.file), 'not a folder');
      await expect(audit.open()).rejects.toThrow(/cannot be opened \(\w+\)\. Make its folder .* writable/);
    });
  });

  describe('heads in the database', () => {
    it('are saved at most once a second, with the last line', async () => {
      const log = await audit.open();
      const save = jest.spyOn(audit.heads, 'save');
      for (let index = 0; index < 9; index += 1) {
        log.append(event(`line ${index}`));
        await log.flush();
        audit.clock.advance(100);
      }
      expect(save).not.toHaveBeenCalled();
      audit.clock.advance(100);
      await until(async () => (await audit.heads.find(await audit.replica())) !== undefined);

      const last = (await audit.lines()).at(-1);
      expect(save).toHaveBeenCalledTimes(1);
      expect(await audit.heads.find(await audit.replica())).toMatchObject({ file: 'audit.log', seq: last?.chain.seq });
    });

    it('show that whole lines were cut from the end while the replica was down', async () => {
      const first = await audit.open();
      for (const action of ['one', 'two', 'three']) first.append(event(action));
      await first.onApplicationShutdown();
      await audit.rewrite((lines) => lines.slice(0, -2));
      const second = await audit.open();
      second.append(event('after'));
      await second.flush();

      const lines = await audit.lines();
      expect(lines[2]).toMatchObject({
        event_type: 'Recovery',
        details: { cut_bytes: 0, missing_from: 3, missing_to: 4 },
        chain: { seq: 5 },
      });
      expect((await audit.verify()).breaks).toMatchObject([{ line: 3, kind: 'truncated' }]);
    });

    it('hold up nothing while the database is away, and catch up', async () => {
      const log = await audit.open();
      const save = jest.spyOn(audit.heads, 'save').mockRejectedValue(new Error('connection refused'));
      for (const seconds of [1, 2, 3]) {
        log.append(event(`line ${seconds}`));
        await log.flush();
        audit.clock.advance(1_000);
        await until(() => save.mock.calls.length === seconds);
      }
      await until(() => warnings.mock.calls.length > 0);
      expect(warnings).toHaveBeenCalledTimes(1);
      expect(await audit.lines()).toHaveLength(4);

      save.mockRestore();
      await until(async () => {
        audit.clock.advance(1_000);
        return (await audit.heads.find(await audit.replica()))?.seq === 4;
      });
    });

    it('do not keep a replica from starting when the database does not answer', async () => {
      jest.spyOn(audit.heads, 'find').mockReturnValue(new Promise(() => undefined));
      const opening = audit.open();
      await until(() => jest.mocked(audit.heads.find).mock.calls.length === 1);
      audit.clock.advance(2_000);
      const log = await opening;
      log.append(event('one'));
      await log.flush();
      expect(await audit.lines()).toHaveLength(2);
    });
  });
});
