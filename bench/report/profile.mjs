// Where a process spends its CPU under load: a V8 profile of one more round, and its functions by self time.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { relative } from 'node:path';
import { measure } from '../load/measure.mjs';

const ROOT = `${import.meta.dirname}/../..`;
const SHOWN = 40;

/** Loads a side once more under the profiler and writes `file`, which Chrome's developer tools open. */
export async function profiled({ child, target }, load, file, progress) {
  progress('profiling');
  await child.ask('profileStart');
  await measure({ child, target }, load);
  await child.ask('profileStop', file);
}

/** The functions with the largest self time, as lines of text: share of the busy time, name, place. */
export async function topSelfTimes(file) {
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(file, 'utf8'));
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const selfUs = new Map();
  let busyUs = 0;
  samples.forEach((id, index) => {
    const place = places.get(id);
    if (place === undefined) return;
    busyUs += timeDeltas[index];
    selfUs.set(place, (selfUs.get(place) ?? 0) + timeDeltas[index]);
  });
  const sorted = [...selfUs].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  return sorted.map(([place, us]) => `${((us * 100) / busyUs).toFixed(1).padStart(5)} %  ${place}`);
}

/** Undefined for time in which nothing ran. */
function placeOf({ functionName, url, lineNumber }) {
  if (functionName === '(idle)') return undefined;
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const path = url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : url;
  return `${name}  ${path}:${lineNumber + 1}`;
}
