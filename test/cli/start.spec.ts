import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { documentBlocks } from '../docs/document-blocks.js';
import { freePorts } from './replica-process.js';
import { Workshop } from './workshop.js';

// Some tests start several processes one after the other.
jest.setTimeout(60_000);

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const KEY = 'test-key-0123456789-0123456789-0123456789';
const SECRETS = {
  JWT_SECRET: 'A-shared-secret-of-more-than-32-characters-1',
  ADMIN_PASSWORD: 'Correct-horse-battery-staple-7',
  MASTER_KEY: 'a master key of at least thirty-two characters',
};
const TOKEN = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;

const workshop = new Workshop();
afterEach(() => workshop.stopAll());
afterAll(() => {
  workshop.clean();
});

describe('a start with nothing at all', () => {
  let cwd: string;
  let ports: { PORT: string; ADMIN_PORT: string };
  beforeAll(async () => {
    cwd = workshop.folder();
    ports = await freePorts();
  });

  it('prints what the README shows, and its curl line streams an answer; SIGTERM ends it with 0', async () => {
    const demo = await workshop.main(cwd, ports).ready();
    const shown = documentBlocks('README.md').find(({ kind }) => kind === 'printed')?.text;
    expect(asInReadme(demo.stdout, ports)).toContain(shown);
    const curl = demo.stdout.split('\n').find((line) => line.startsWith('curl')) ?? '';
    const { stdout } = await run('bash', ['-c', curl]);
    const events = stdout.split('\n').filter((line) => line.startsWith('data: '));
    expect(events.length).toBeGreaterThan(1);
    expect(events.at(-1)).toContain('"finishReason":"STOP"');
    expect(await demo.stop('SIGTERM')).toBe(0);
    expect(demo.stderr).toBe('');
  });

  it('keeps its signing key and its password: what an earlier start printed is valid in the next one', async () => {
    const first = await workshop.main(cwd, ports).ready();
    await first.stop('SIGTERM');
    const second = await workshop.main(cwd, ports).ready();
    expect(await statusWith(demoToken(first.stdout), ports.PORT)).toBe(404);
    expect(await statusWith(`${demoToken(first.stdout).slice(0, -8)}AAAAAAAA`, ports.PORT)).toBe(401);
    expect(printedLine(second.stdout, 'Admin login')).toBe(printedLine(first.stdout, 'Admin login'));
  });

  it('ends with 0 after the SIGINT that a terminal sends to the whole process group', async () => {
    const demo = await workshop.main(cwd, ports).ready();
    expect(await demo.stop('SIGINT', 'group')).toBe(0);
  });

  it('is refused where others could reach it, with what to do', async () => {
    const refused = workshop.main(cwd, { ...ports, HOST: '0.0.0.0' });
    expect(await refused.ended).toBe(1);
    expect(refused.stderr).toMatch(/GEMINI_API_KEY.*config\/proxy\.yaml.*--demo/);
  });
});

describe('a start with a key', () => {
  it('makes the missing secrets, prints them once, and takes the tokens of the command', async () => {
    const [cwd, ports] = [workshop.folder(), await freePorts()];
    const env = { ...ports, GEMINI_API_KEY: KEY };
    const first = await workshop.main(cwd, env).ready();
    const password = printedLine(first.stdout, 'admin_password');
    expect(await loginStatus(ports.ADMIN_PORT, password)).toBe(200);
    const beside = await printToken(cwd, env);
    expect(beside).toMatch(TOKEN);
    expect(await statusWith(beside, ports.PORT)).toBe(404);
    for (const name of readdirSync(join(cwd, 'data/secrets'))) {
      expect(statSync(join(cwd, 'data/secrets', name)).mode & 0o777).toBe(0o600);
    }
    expect(await first.stop('SIGTERM')).toBe(0);

    const without = await printToken(cwd, env);
    const second = await workshop.main(cwd, env).ready();
    expect(await statusWith(without, ports.PORT)).toBe(404);
    expect(await statusWith('not-a-token', ports.PORT)).toBe(401);
    expect(second.stdout).not.toContain('admin_password');
    expect(second.stdout).not.toContain(password);
  });

  it('becomes ready with config/proxy.yaml.secure and its variables, and prints no secret', async () => {
    const [cwd, ports] = [workshop.folder(), await freePorts()];
    mkdirSync(join(cwd, 'config'));
    copyFileSync(join(ROOT, 'config/proxy.yaml.secure'), join(cwd, 'config/proxy.yaml'));
    const env = { ...ports, ...SECRETS, HOST: '127.0.0.1', NODE_ENV: 'production', GEMINI_API_KEY: KEY };
    const secure = await workshop.main(cwd, env).ready();
    const ready = await fetch(`http://127.0.0.1:${ports.ADMIN_PORT}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await statusWith(await printToken(cwd, env), ports.PORT)).toBe(404);
    expect(await secure.stop('SIGTERM')).toBe(0);
    for (const secret of [...Object.values(SECRETS), KEY]) expect(secure.stdout + secure.stderr).not.toContain(secret);
  });

  it('does not start in production without the secrets: every one is named with a way to make it', async () => {
    const refused = workshop.main(workshop.folder(), {
      ...(await freePorts()),
      NODE_ENV: 'production',
      GEMINI_API_KEY: KEY,
    });
    expect(await refused.ended).toBe(1);
    for (const name of Object.keys(SECRETS)) expect(refused.stderr).toMatch(new RegExp(`set ${name}.*openssl rand`));
  });
});

async function printToken(cwd: string, env: Record<string, string>): Promise<string> {
  const command = workshop.command(cwd, env, ['token', '--client', 'app']);
  expect(await command.ended).toBe(0);
  return command.stdout.trim();
}

/** Status of a call that needs a valid token and no upstream: a path that is none. */
async function statusWith(token: string, port: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/nowhere`, { headers: { 'x-goog-api-key': token } });
  return answer.status;
}

function printedLine(output: string, name: string): string {
  return new RegExp(`^ *${name}:? +(.*)$`, 'm').exec(output)?.[1] ?? '';
}

function demoToken(output: string): string {
  return /^ {2}(eyJ\S+)$/m.exec(output)?.[1] ?? '';
}

async function loginStatus(port: string, password: string): Promise<number> {
  const body = JSON.stringify({ password });
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`http://127.0.0.1:${port}/auth/login`, { method: 'POST', headers, body })).status;
}

/** The output with the ports of the README and without what differs from start to start. */
function asInReadme(output: string, { PORT, ADMIN_PORT }: { PORT: string; ADMIN_PORT: string }): string {
  return output
    .replaceAll(`:${PORT}`, ':8080')
    .replaceAll(`:${ADMIN_PORT}`, ':9090')
    .replaceAll(/eyJhbGci[\w.-]+/g, 'eyJhbGci…')
    .replace(/^(Admin login: +admin \/ ).*$/m, '$1…');
}
