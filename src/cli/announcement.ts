import type { Application } from '../application.js';
import { TokenIssuer } from '../auth/token-issuer.js';
import type { LocalSecrets } from '../config/local-secrets.js';
import type { ProxyConfig } from '../config/schema.js';
import { say } from './output.js';

const DEMO_MODEL = 'gemini-3.8-flash';
const DEMO_TOKEN_TTL_MS = 24 * 3_600_000;

/** Tells how to use a demo: a token, a call to paste, the admin's address and password. */
export async function announceDemo(application: Application, config: ProxyConfig): Promise<void> {
  const data = origin(config.server.host, application.dataPort);
  const control = origin(config.metrics.host, application.controlPort);
  const { token } = await application.get(TokenIssuer).issueClientToken({ client: 'demo', ttlMs: DEMO_TOKEN_TTL_MS });
  const body = '{"contents":[{"parts":[{"text":"Why is the sky blue?"}]}]}';
  const url = `${data}/v1beta/models/${DEMO_MODEL}:streamGenerateContent?alt=sse`;
  say();
  say('DEMO MODE: the upstream is an emulator on this machine; nothing goes to Google.');
  say('Set GEMINI_API_KEY, or write config/proxy.yaml, for the real one.');
  say();
  say('Client token (24 hours):');
  say(`  ${token}`);
  say('Stream an answer:');
  say(`curl -sN '${url}' -H 'x-goog-api-key: ${token}' -H 'content-type: application/json' -d '${body}'`);
  say();
  say(`Gemini API:     ${data}`);
  say(`Admin API:      ${control}  (Swagger UI at ${control}/docs)`);
  say(`Admin login:    admin / ${config.auth.admin_password?.reveal() ?? ''}`);
  say();
}

/** Tells where the planes are, and shows secrets that were made just now, this once. */
export function announceReal(application: Application, config: ProxyConfig, secrets: LocalSecrets): void {
  say();
  say(`Gemini API:     ${origin(config.server.host, application.dataPort)}`);
  const control = origin(config.metrics.host, application.controlPort);
  say(`Admin API:      ${control}  (Swagger UI at ${control}/docs)`);
  announceSecrets(secrets, say);
  say('Make a client token with: npx gemini-proxy token --client NAME');
  say();
}

/** Shows secrets that were made just now, this once. */
export function announceSecrets(secrets: LocalSecrets, write: (line: string) => void): void {
  if (secrets.made.length === 0) return;
  write('');
  write(`Made now, kept in ${secrets.folder}, shown only this once:`);
  for (const name of secrets.made) write(`  ${name}: ${secrets.values[pathOf(name)] ?? ''}`);
}

function pathOf(name: LocalSecrets['made'][number]): string {
  return name === 'master_key' ? `security.${name}` : `auth.${name}`;
}

function origin(host: string, port: number): string {
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
