import { parseArgs } from 'node:util';
import { ZodError } from 'zod';
import { Emulator } from './emulator.js';
import { BadScenarioError, loadScenario } from './scenario/scenario.loader.js';

const USAGE = `npm run emulator -- [--port 9999] [--host 127.0.0.1] [--scenario FILE] [--seed 1] [--origin URL]

  --port      port to listen on; 0 takes a free one (default 9999)
  --host      address to listen on (default 127.0.0.1)
  --scenario  YAML file with projects, keys, quotas and faults; config/emulator/ has examples
  --seed      texts, ids and vectors follow from it
  --origin    origin in file URIs and upload URLs (default: the address it listens on)
`;

/** Runs the emulator until SIGTERM or SIGINT. Exits 1 for bad options or a bad scenario, 2 when the port cannot be had. */
async function main(): Promise<void> {
  const options = readOptions();
  const emulator = await Emulator.start({ ...options, drainMs: 1000, record: false });
  process.stdout.write(welcome(emulator.url));
  const stop = (): void => {
    void emulator.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function readOptions(): {
  port: number;
  host?: string;
  scenario?: ReturnType<typeof loadScenario>;
  seed?: number;
  origin?: string;
} {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9999' },
      host: { type: 'string' },
      scenario: { type: 'string' },
      seed: { type: 'string' },
      origin: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  return {
    port: integerOption('port', values.port),
    host: values.host,
    origin: values.origin,
    ...(values.scenario !== undefined && { scenario: loadScenario(values.scenario) }),
    ...(values.seed !== undefined && { seed: integerOption('seed', values.seed) }),
  };
}

function integerOption(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`--${name} must be a whole number, got "${text}"`);
}

function welcome(url: string): string {
  return `Emulated Gemini API on ${url}
Any key is accepted, unless the scenario lists keys. Try:

curl -sN '${url}/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse' -H 'x-goog-api-key: any-key' -H 'content-type: application/json' -d '{"contents":[{"parts":[{"text":"Hello"}]}]}'

`;
}

function failed(error: unknown): void {
  const isMisuse = error instanceof BadScenarioError || error instanceof TypeError || error instanceof ZodError;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${isMisuse ? `\n${USAGE}` : ''}`);
  process.exitCode = isMisuse ? 1 : 2;
}

try {
  await main();
} catch (error) {
  failed(error);
}
