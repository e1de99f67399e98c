import { runCommand } from './cli/run-command.js';

await runCommand(['start', ...process.argv.slice(2)]);
