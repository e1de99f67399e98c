import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { JWT_SECRET, ADMIN_PASSWORD, type ProxyHarness } from '../support/proxy.harness.js';
import { ROOT } from './document-blocks.js';

const run = promisify(execFile);
const TIME_MS = 30_000;

/** The variables that documents use in their snippets, for one replica. */
export function variablesOf(proxy: ProxyHarness): Readonly<Record<string, string>> {
  return {
    PROXY_URL: proxy.url,
    PROXY_TOKEN: proxy.token,
    ADMIN_URL: proxy.controlUrl,
    ADMIN_PASSWORD,
    JWT_SECRET,
  };
}

/** The base URL and key variables of clients, for the snippets that say `with NAME …`. */
export function clientVariablesOf(proxy: ProxyHarness): Readonly<Record<string, string>> {
  return {
    GOOGLE_GEMINI_BASE_URL: proxy.url,
    GEMINI_API_KEY: proxy.token,
    OPENAI_BASE_URL: `${proxy.url}/openai/v1`,
    OPENAI_API_KEY: proxy.token,
  };
}

/** Runs a module with plain Node from the checkout, with these variables and none of the machine's; what it printed. */
export async function runNode(source: string, env: Readonly<Record<string, string>>): Promise<string> {
  return finish(run(process.execPath, ['--input-type=module', '--eval', source], options(env)));
}

/** Runs shell lines; what they printed. */
export async function runShell(source: string, env: Readonly<Record<string, string>>): Promise<string> {
  return finish(run('bash', ['-euc', source], options(env)));
}

function options(env: Readonly<Record<string, string>>) {
  return { cwd: ROOT, env: { PATH: process.env['PATH'] ?? '', ...env }, timeout: TIME_MS };
}

async function finish(running: Promise<{ stdout: string }>): Promise<string> {
  return (await running).stdout;
}
