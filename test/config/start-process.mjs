// One start in a process of its own: prints which secrets it made, and all of them. Waits until the time it is given,
// so that several such processes come at the same moment.
import '../support/typescript-hooks.mjs';
import { setTimeout } from 'node:timers/promises';

const [cwd, key, atMs] = process.argv.slice(2);
const { loadConfig } = await import('../../src/config/loader.ts');
const { loadForStart } = await import('../../src/config/start-config.ts');

const load = (localSecrets) => loadConfig({ env: { GEMINI_API_KEY: key }, cwd, localSecrets });
await setTimeout(Math.max(0, Number(atMs) - Date.now()));
const { localSecrets } = loadForStart(load, cwd);
console.log(JSON.stringify({ made: localSecrets.made, values: localSecrets.values }));
