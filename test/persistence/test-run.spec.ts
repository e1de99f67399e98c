import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../src/kernel/clock.js';
import { identifyProcess } from '../../src/persistence/embedded/process-identity.js';
import { waitUntil } from '../../src/persistence/embedded/wait-until.js';

describe('the database of a test run', () => {
  it('ends by itself, with its files, when the run is killed', async () => {
    const run = spawn(process.execPath, [join(process.cwd(), 'test/persistence/fixtures/test-run.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(run.stdout, 'data')) as [Buffer];
    const { dataDir, postmasterPid } = JSON.parse(line.toString()) as { dataDir: string; postmasterPid: number };
    expect(await identifyProcess(postmasterPid)).toBeDefined();
    run.kill('SIGKILL');
    const isGone = async () => !existsSync(dataDir) && (await identifyProcess(postmasterPid)) === undefined;
    expect(await waitUntil(new SystemClock(), 15_000, isGone)).toBe(true);
  });
});
