import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePorts } from './replica-process.js';
import { Workshop } from './workshop.js';

jest.setTimeout(60_000);

const KEY = 'test-key-0123456789-0123456789-0123456789';

const workshop = new Workshop();
afterEach(() => workshop.stopAll());
afterAll(() => {
  workshop.clean();
});

describe('a start that cannot be', () => {
  it('ends with 1 and names every mistake of the configuration with its line and path, without a stack trace', async () => {
    const cwd = workshop.folder();
    writeFileSync(join(cwd, 'wrong.yaml'), 'server:\n  prot: 1\ngemini:\n  api_keys:\n    - { id: a, key: short }\n');
    const refused = workshop.main(cwd, await freePorts(), ['--config', 'wrong.yaml']);
    expect(await refused.ended).toBe(1);
    expect(refused.stderr).toMatch(/wrong\.yaml:2: server\.prot .*did you mean port\?/);
    expect(refused.stderr).toMatch(/wrong\.yaml:5: gemini\.api_keys\[0\]\.key /);
    expect(refused.stderr).not.toMatch(/^\s+at /m);
  });

  it.each(['PORT', 'ADMIN_PORT'] as const)('ends with 2 and advice when %s is taken', async (taken) => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const port = String((other.address() as AddressInfo).port);
    const refused = workshop.main(workshop.folder(), { ...(await freePorts()), [taken]: port });
    expect(await refused.ended).toBe(2);
    expect(refused.stderr).toContain(`:${port} is in use: stop what listens there, or choose another port`);
    expect(refused.stderr).not.toMatch(/^\s+at /m);
    await once(other.close(), 'close');
  });

  it('ends with 2 when the database cannot be had, and does not tell its password', async () => {
    const { PORT, ADMIN_PORT } = await freePorts();
    const url = `postgres://proxy:hidden-password@127.0.0.1:${(await freePorts()).PORT}/proxy`;
    const env = { PORT, ADMIN_PORT, GEMINI_API_KEY: KEY, DATABASE_URL: url };
    const refused = workshop.main(workshop.folder(), env);
    expect(await refused.ended).toBe(2);
    expect(refused.stderr + refused.stdout).not.toContain('hidden-password');
  });

  it('ends with 1 for a command that does not exist, after telling which do', async () => {
    const command = workshop.command(workshop.folder(), {}, ['tokn']);
    expect(await command.ended).toBe(1);
    expect(command.stdout).toMatch(/token --client NAME/);
  });
});
