import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Emulator } from '../../src/emulator/emulator.js';
import { BadScenarioError, loadScenario, parseScenario } from '../../src/emulator/scenario/scenario.loader.js';
import { ask } from './raw-client.js';

const SHIPPED = join(import.meta.dirname, '../../config/emulator');

function mistakesOf(yaml: string): readonly string[] {
  try {
    parseScenario(yaml);
  } catch (error) {
    if (error instanceof BadScenarioError) return error.mistakes;
  }
  return [];
}

describe('scenario files', () => {
  it('name every mistake with its path', () => {
    const mistakes = mistakesOf(`
projects: [{ id: p }, { id: p }]
keys:
  - { id: a, key: secret-one, project: nowhere }
  - { id: b, key: secret-one, state: tired }
quotas: { "*": { rpm: -1 } }
faults:
  - { match: { path: "(" }, action: { kind: empty } }
  - action: { kind: explode }
colour: red
`);
    for (const place of [
      'keys[1].state',
      'quotas.*.rpm',
      'faults[0].match.path',
      'faults[1].action.kind',
      '(document): Unrecognized key: "colour"',
    ]) {
      expect(mistakes.filter((mistake) => mistake.startsWith(place))).toHaveLength(1);
    }
  });

  it('name what does not fit together, without repeating a key', () => {
    const mistakes = mistakesOf(
      'projects: [{ id: p }, { id: p }]\nkeys: [{ id: a, key: s3cret, project: q }, { id: b, key: s3cret }]\n',
    );
    expect(mistakes).toEqual([
      'keys[0].project: no project is called "q"',
      'projects[1].id: is used twice',
      'keys[1].key: is used twice',
    ]);
    expect(mistakes.join()).not.toContain('s3cret');
  });

  it('name the line of broken YAML, and a file that is not there', () => {
    expect(mistakesOf('keys:\n  - {id: a\nopen: true\n')[0]).toMatch(/^line \d+: /);
    expect(() => loadScenario('/nowhere.yaml')).toThrow(/cannot be read/);
  });

  it.each(readdirSync(SHIPPED))('%s, as shipped, starts', async (file) => {
    const emulator = await Emulator.start({ scenario: loadScenario(join(SHIPPED, file)) });
    await emulator.stop();
  });

  it('may be empty', () => {
    expect(parseScenario('# nothing yet\n')).toEqual({});
  });
});

describe('the command', () => {
  const hooks = join(import.meta.dirname, '../support/typescript-hooks.mjs');
  const main = join(import.meta.dirname, '../../src/emulator/main.ts');
  let child: ChildProcess | undefined;
  const run = (...args: string[]): ChildProcess => {
    child = spawn(process.execPath, ['--import', hooks, main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    return child;
  };
  const outcome = async (process: ChildProcess): Promise<readonly [code: number | null, errors: string]> => {
    let errors = '';
    process.stderr!.on('data', (piece: Buffer) => (errors += String(piece)));
    const [code] = (await once(process, 'close')) as [number | null];
    return [code, errors];
  };
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints its address and how to call it, and exits 0 on %s',
    async (signal) => {
      const process = run('--port', '0', '--seed', '3');
      const ended = outcome(process);
      const [printed] = (await once(process.stdout!, 'data')) as [Buffer];
      expect(String(printed)).toMatch(/^curl /m);
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(printed))?.[0] ?? '';
      expect((await ask(url, '/v1beta/models')).status).toBe(200);
      process.kill(signal);
      expect(await ended).toEqual([0, '']);
    },
  );

  it('exits 1 with every mistake of a bad scenario', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'emulator-')), 'bad.yaml');
    writeFileSync(file, 'open: maybe\nseed: x\n');
    const [code, errors] = await outcome(run('--scenario', file));
    expect(code).toBe(1);
    expect(errors).toMatch(/open: .*\n.*seed: /);
    expect(errors).not.toContain('    at ');
  });

  it.each([
    ['--port', 'x'],
    ['--colour', 'red'],
  ])('exits 1 for a bad option: %s %s', async (...args) => {
    const [code, errors] = await outcome(run(...args));
    expect([code, errors]).toEqual([1, expect.stringContaining('npm run emulator')]);
  });

  it('exits 2 when the port is taken', async () => {
    const other = await Emulator.start();
    const [code, errors] = await outcome(run('--port', new URL(other.url).port));
    await other.stop();
    expect([code, errors]).toEqual([2, expect.stringContaining('EADDRINUSE')]);
  });
});
