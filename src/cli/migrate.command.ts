import { parseArgs } from 'node:util';
import { connectForCommand } from '../persistence/database.js';
import { commandConfig } from './command-config.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { say } from './output.js';

/** `gemini-proxy migrate`: brings the database schema up to date, whatever `persistence.migrate` says. */
export async function migrateCommand(args: readonly string[]): Promise<ExitCode> {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } });
  const { persistence } = commandConfig(values.config);
  const database = await connectForCommand({ persistence: { ...persistence, migrate: true } });
  await database.close();
  say('The database schema is up to date.');
  return EXIT.ok;
}
