import { Logger } from '@nestjs/common';
import { parseArgs } from 'node:util';
import { Application } from '../application.js';
import { loadDemoConfig } from '../config/demo-config.js';
import { readEnvironment } from '../config/environment.js';
import { findConfigFile, loadConfig, type LoadResult } from '../config/loader.js';
import { formatViolations } from '../config/option-violation.js';
import { reservedOptionsSet } from '../config/reserved-options.js';
import { loadForStart, type StartConfig } from '../config/start-config.js';
import { chooseStartMode } from '../config/start-mode.js';
import { Emulator } from '../emulator/emulator.js';
import { newSecretText } from '../kernel/ids.js';
import { announceDemo, announceReal } from './announcement.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { complain } from './output.js';
import type { ProxyConfig } from '../config/schema.js';
import { explainStartFailure } from './start-failure.js';
import { stopSignal } from './stop-signal.js';

/** A configuration with what was started for it. */
interface Prepared {
  readonly loaded: StartConfig;
  readonly emulator?: Emulator;
}

/** `gemini-proxy start [--config FILE] [--demo]`: runs a replica until it is told to stop. */
export async function startCommand(args: readonly string[]): Promise<ExitCode> {
  const { values } = parseArgs({
    args: [...args],
    options: { config: { type: 'string' }, demo: { type: 'boolean', default: false } },
  });
  const prepared = await prepare(values.config, values.demo);
  const { loaded, emulator } = prepared;
  try {
    if (!loaded.ok) return refuse(loaded);
    return await run(loaded, emulator);
  } finally {
    await emulator?.stop();
  }
}

async function prepare(file: string | undefined, demoRequested: boolean): Promise<Prepared> {
  const env = readEnvironment();
  const cwd = process.cwd();
  const hasFile = findConfigFile({ file, env, cwd }) !== undefined;
  const start = chooseStartMode({ demoRequested, hasFile, env });
  if (start.mode === 'refused') {
    return { loaded: { ok: false, source: { kind: 'environment' }, violations: start.violations } };
  }
  if (start.mode === 'real') {
    return { loaded: loadForStart((localSecrets) => loadConfig({ file, env, cwd, localSecrets }), cwd) };
  }
  const keys = [`AQ.${newSecretText(30)}`, `AQ.${newSecretText(30)}`];
  const scenario = {
    keys: keys.map((key, index) => ({ id: `demo-${index + 1}`, key })),
  };
  const emulator = await Emulator.start({ scenario });
  const upstream = { baseUrl: emulator.url, keys };
  const load = (localSecrets?: Readonly<Record<string, string>>): LoadResult =>
    loadDemoConfig(upstream, { env, cwd, localSecrets });
  return { loaded: loadForStart(load, cwd), emulator };
}

function refuse({ source, violations }: Extract<StartConfig, { ok: false }>): ExitCode {
  const name = source.kind === 'file' ? source.file : source.kind;
  complain('The configuration has mistakes; nothing was started:');
  complain(formatViolations(violations, name));
  return EXIT.configuration;
}

async function run(loaded: Extract<StartConfig, { ok: true }>, emulator: Emulator | undefined): Promise<ExitCode> {
  const { config, localSecrets } = loaded;
  const stop = stopSignal();
  if (!warnOfReservedOptions(config)) return EXIT.configuration;
  let application: Application;
  try {
    application = await Application.start({ loaded, demo: emulator !== undefined });
  } catch (error) {
    return explainStartFailure(error);
  }
  surviveMistakes();
  if (emulator) await announceDemo(application, config);
  else announceReal(application, config, localSecrets);
  await stop;
  await application.stop();
  return EXIT.ok;
}

/** Options that promise protection: a production start must not go on without what they promise. */
const PROTECTION = /^(server\.tls\.(?!terminated_upstream)|security\.ip_)/;

/** Says which options have no effect yet. False when production relies on one of them for its protection. */
function warnOfReservedOptions(config: ProxyConfig): boolean {
  const reserved = reservedOptionsSet(config);
  for (const { path, expect } of reserved) complain(`${path} is not in force yet. ${expect}`);
  const isUnsafe = config.security.environment === 'production' && reserved.some(({ path }) => PROTECTION.test(path));
  if (isUnsafe) complain('Production is not started without a protection that was asked for: remove these options.');
  return !isUnsafe;
}

/** A promise that nobody waited for is a mistake of ours; it is logged, and costs no other call. */
function surviveMistakes(): void {
  const log = new Logger('Process');
  process.on('unhandledRejection', (cause) => {
    log.error({ err: cause }, 'a rejection was not handled');
  });
}
