import { checkNode } from './check-node.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { complain, say } from './output.js';

interface Command {
  readonly usage: string;
  readonly load: () => Promise<(args: readonly string[]) => Promise<ExitCode>>;
}

/** The commands of the binary; each is loaded only when it is used. */
const COMMANDS: Readonly<Record<string, Command>> = {
  start: {
    usage: 'start [--config FILE] [--demo]                     run the proxy',
    load: async () => (await import('./start.command.js')).startCommand,
  },
  token: {
    usage: 'token --client NAME [--ttl 90d] [--scope S]…       print a token for a client',
    load: async () => (await import('./token.command.js')).tokenCommand,
  },
  migrate: {
    usage: 'migrate [--config FILE]                            bring the database schema up to date',
    load: async () => (await import('./migrate.command.js')).migrateCommand,
  },
};

/** Runs the command that the arguments name and ends the process with its exit code. */
export async function runCommand(args: readonly string[]): Promise<void> {
  checkNode();
  const [name = 'help', ...rest] = args;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    usage();
    process.exit(name === 'help' || name === '--help' ? EXIT.ok : EXIT.configuration);
  }
  try {
    const run = await command.load();
    process.exit(await run(rest));
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    process.exit(EXIT.configuration);
  }
}

function usage(): void {
  say('Usage: gemini-proxy COMMAND');
  for (const { usage: line } of Object.values(COMMANDS)) say(`  ${line}`);
}
