import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { documentText, ROOT } from '../docs/document-blocks.js';
import { ProxyHarness } from '../support/proxy.harness.js';

const run = promisify(execFile);
const dockerfile = documentText('Dockerfile');
const stages = dockerfile.split(/^(?=FROM )/m).slice(1);
const image = stages.at(-1) ?? '';

describe('Dockerfile', () => {
  it('builds from the lock file, and leaves the tools of the build behind', () => {
    const installs = [...dockerfile.matchAll(/npm (?:ci|install|i)\b[^\n\\]*/g)].map(([command]) => command.trim());
    expect(installs).toEqual(['npm ci', 'npm ci --omit=dev']);
    expect(image).not.toMatch(/npm /);
    expect(image).toContain('COPY --from=dependencies /app/node_modules ./node_modules');
  });

  it('copies only what is there and what .dockerignore lets through', () => {
    const ignore = documentText('.dockerignore').split('\n');
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = '']) => list.split(' '));
    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources.map((path) => path.replace(/^\.\//, ''))) {
      expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
      expect(ignore).toContain(`!${source}`);
    }
    expect(ignore[ignore.findIndex((line) => !line.startsWith('#'))]).toBe('*');
    expect(ignore.indexOf('config/proxy.yaml')).toBeGreaterThan(ignore.indexOf('!config'));
  });

  it('runs as an ordinary user who can write the two folders and nothing else', () => {
    expect(image).toMatch(/^USER node$/m);
    expect(image).toContain('chown node:node data logs');
    expect(image).toContain('VOLUME ["/app/data", "/app/logs"]');
  });

  it('starts for production, reachable from outside the container, with the process itself as what is signalled', () => {
    expect(image).toContain('ENV NODE_ENV=production HOST=0.0.0.0 ADMIN_HOST=0.0.0.0');
    expect(image).toContain('EXPOSE 8080 9090');
    expect(image).toContain('ENTRYPOINT ["node", "dist/src/main.js"]');
  });
});

describe('the health check of the image', () => {
  const [, command = '[]'] = /HEALTHCHECK[^\n]*\\\n\s+CMD (\[.*\])/.exec(dockerfile) ?? [];
  const [program, ...args] = JSON.parse(command) as string[];
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
  });
  afterAll(() => proxy.stop());

  it('passes while the replica lives', async () => {
    expect(program).toBe('node');
    const env = { ADMIN_PORT: new URL(proxy.controlUrl).port };
    await expect(run(process.execPath, args, { env })).resolves.toMatchObject({ stderr: '' });
  });

  it('fails when nobody listens', async () => {
    await expect(run(process.execPath, args, { env: { ADMIN_PORT: '1' } })).rejects.toMatchObject({ code: 1 });
  });
});

describe('.ci/run', () => {
  it('can be executed, stops at the first failure, and runs the commands of the README, then every check', () => {
    const script = documentText('.ci/run');
    expect(statSync(join(ROOT, '.ci/run')).mode & 0o111).toBe(0o111);
    expect(script).toContain('set -euo pipefail');
    const commands = script.split('\n').filter((line) => line.startsWith('npm '));
    expect(commands).toEqual(['npm ci', 'npm test', 'npm run check']);
    expect(documentText('README.md')).toContain(commands.slice(0, 2).join(' && '));
  });
});
