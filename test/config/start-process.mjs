// Starts in a process of its own, one in each of the folders: prints for each which secrets were made, and all of them.
// Says when it is ready and begins at a word on stdin, so that several such processes meet in every folder.
import '../support/typescript-hooks.mjs';
import { once } from 'node:events';

const [key, ...folders] = process.argv.slice(2);
const { loadConfig } = await import('../../src/config/loader.ts');
const { loadForStart } = await import('../../src/config/start-config.ts');

console.log('ready');
await once(process.stdin, 'data');
const starts = folders.map((cwd) => {
  const load = (localSecrets) => loadConfig({ env: { GEMINI_API_KEY: key }, cwd, localSecrets });
  const { made, values } = loadForStart(load, cwd).localSecrets;
  return { made, values };
});
console.log(JSON.stringify(starts));
process.exit();
