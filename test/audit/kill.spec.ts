import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { AuditHarness, event } from './audit.harness.js';

const KILLS = 3;

describe('a process killed in the middle of writing', () => {
  let database: TestDatabase;
  let audit: AuditHarness;

  beforeAll(async () => {
    database = await createTestDatabase();
    audit = await AuditHarness.start(database);
  });

  afterAll(async () => {
    await audit.stop();
    await database.drop();
  });

  /** Kills a writer after some reports; how many of its lines it had reported as safe. */
  async function killWriter(reports: number): Promise<{ pid: number; safe: number }> {
    const writer = spawn(process.execPath, [join(import.meta.dirname, 'audit-writer.mjs'), audit.folder], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    writer.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.split('\n').length > reports) writer.kill('SIGKILL');
    });
    await once(writer, 'close');
    return { pid: writer.pid!, safe: Number(text.trimEnd().split('\n').at(-1)) };
  }

  it('loses no line that was reported as written, and leaves a log that can be continued and verified', async () => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const { pid, safe } = await killWriter(3 + kill * 2);
      const own = (await audit.text()).split('\n').filter((line) => line.includes(`"action":"${pid} `));
      expect(safe).toBeGreaterThan(0);
      expect(own.length).toBeGreaterThanOrEqual(safe);
    }
    const log = await audit.open();
    log.append(event('after'));
    await log.flush();

    expect(await audit.verify()).toMatchObject({ valid: true, breaks: [] });
    expect((await audit.lines()).at(-1)?.action).toBe('after');
  });
});
