import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { documentText, ROOT } from '../docs/document-blocks.js';

const run = promisify(execFile);

interface Service {
  readonly build?: string;
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly stop_grace_period: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const text = documentText('docker-compose.yml');
const compose = parse(text) as Compose;
const services = Object.entries(compose.services);
const proxy = compose.services['proxy']!;
const postgres = compose.services['postgres']!;
const example = documentText('.env.example');

describe('docker-compose.yml', () => {
  it('starts the proxy once its database is healthy', () => {
    expect(proxy.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(proxy.build).toBe('.');
    expect(proxy.environment['DATABASE_URL']).toContain(`@postgres:5432/${postgres.environment['POSTGRES_DB']}`);
    expect(proxy.environment['DATABASE_URL']).toContain(`//${postgres.environment['POSTGRES_USER']}:`);
  });

  it('publishes both planes, on this machine unless told otherwise, and no port of the database', () => {
    expect(proxy.ports?.map(withDefaults)).toEqual(['127.0.0.1:8080:8080', '127.0.0.1:9090:9090']);
    expect(postgres.ports).toBeUndefined();
  });

  it('keeps the database on a network without a way out, alone with the proxy', () => {
    expect(postgres.networks).toEqual(['back']);
    expect(compose.networks['back']?.internal).toBe(true);
    expect(proxy.networks).toContain('back');
    expect(services.filter(([, { networks }]) => networks.includes('back')).map(([name]) => name)).toEqual([
      'proxy',
      'postgres',
    ]);
  });

  it('needs no variable: each has a default, and stands in .env.example', () => {
    const variables = [...text.matchAll(/\$\{(\w+)(:-[^}]*)?\}/g)];
    expect(variables.length).toBeGreaterThan(5);
    for (const [, name, fallback] of variables) {
      expect([name, fallback]).toEqual([name, expect.stringMatching(/^:-/)]);
      expect(example).toMatch(new RegExp(`^${name}=`, 'm'));
    }
  });

  it('has a use for every variable of .env.example, and no secret in it', () => {
    const lines = [...example.matchAll(/^(\w+)=(.*)$/gm)];
    for (const [, name = '', value = ''] of lines) {
      expect(text).toContain(`\${${name}:-`);
      if (/KEY|SECRET|PASSWORD/.test(name)) expect(value).toBe('');
    }
  });

  it('gives the secrets of production to the proxy and nothing that they would replace', () => {
    const given = Object.entries(proxy.environment).map(([name, value]) => [name, withDefaults(value)]);
    expect(Object.fromEntries(given)).toMatchObject({
      GEMINI_API_KEY: '',
      JWT_SECRET: '',
      ADMIN_PASSWORD: '',
      MASTER_KEY: '',
    });
  });

  it('mounts only what is there: files of this project and volumes that it declares', () => {
    const sources = services.flatMap(([, { volumes }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    for (const source of sources) {
      if (source.startsWith('.')) expect(existsSync(join(ROOT, source))).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  it('asks every service for its health by a command of its own image', () => {
    expect(proxy.healthcheck.test.slice(0, 3)).toEqual(['CMD', 'node', '-e']);
    expect(proxy.healthcheck.test[3]).toContain('http://127.0.0.1:9090/health/ready');
    expect(postgres.healthcheck.test[1]).toBe('pg_isready');
  });

  it('gives the proxy more time to stop than its calls may take to end', () => {
    expect(Number.parseInt(proxy.stop_grace_period)).toBeGreaterThan(30);
  });
});

describe('deploy/start-or-demo', () => {
  it('is the entrypoint of the service, and a file of the image', () => {
    expect(proxy.entrypoint).toEqual(['deploy/start-or-demo']);
    expect(documentText('Dockerfile')).toContain('COPY deploy/start-or-demo ./deploy/');
  });

  it.each([
    { what: 'nothing', env: {}, file: false, runs: 'node dist/src/main.js --demo --more' },
    { what: 'an empty key', env: { GEMINI_API_KEY: '' }, file: false, runs: 'node dist/src/main.js --demo --more' },
    { what: 'a key', env: { GEMINI_API_KEY: 'k' }, file: false, runs: 'node dist/src/main.js --more' },
    { what: 'a named file', env: { GEMINI_PROXY_CONFIG: 'f' }, file: false, runs: 'node dist/src/main.js --more' },
    { what: 'a file in its usual place', env: {}, file: true, runs: 'node dist/src/main.js --more' },
  ])('with $what runs $runs', async ({ env, file, runs }) => {
    const folder = mkdtempSync(join(tmpdir(), 'gemini-proxy-deploy-'));
    try {
      writeFileSync(join(folder, 'node'), '#!/bin/sh\necho node "$@"\n');
      chmodSync(join(folder, 'node'), 0o755);
      mkdirSync(join(folder, 'config'));
      if (file) writeFileSync(join(folder, 'config/proxy.yaml'), 'version: 1\n');
      const options = { cwd: folder, env: { PATH: `${folder}:/usr/bin:/bin`, ...env } };
      const { stdout } = await run(join(ROOT, 'deploy/start-or-demo'), ['--more'], options);
      expect(stdout.trim()).toBe(runs);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function withDefaults(value: string): string {
  return value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
}
