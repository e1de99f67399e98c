// Results as files, and the comparison of two of them.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../results');
const FORMAT = 1;

/** A median ratio may rise by so much before it counts as a regression. */
const TOLERANCE = 0.15;

/** What the numbers were measured on. */
export function machine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    loadAverage: loadavg(),
  };
}

/** Writes `bench/results/<date>.json`; resolves with the file's path. */
export async function writeResult(result) {
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `${result.date.replaceAll(':', '').slice(0, 17)}.json`);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}

export function resultOf(date, rows, at) {
  return { format: FORMAT, date: date.toISOString(), machine: at, rows };
}

/** Throws with what to do when the file is none of this benchmark's. */
export async function readResult(file) {
  let result;
  try {
    result = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read (${error.message}): name a file that \`npm run bench\` wrote`, {
      cause: error,
    });
  }
  if (result?.format === FORMAT && Array.isArray(result.rows)) return result;
  throw new Error(`${file} is no result of this benchmark: name a file that \`npm run bench\` wrote`);
}

/**
 * One line for each ratio that both results have; `regressed` where it rose by more than the tolerance. Throws when there
 * is nothing to compare, or the load was another one.
 */
export function compare(result, earlier) {
  const changes = changesOf(result, earlier);
  if (changes.length > 0) return changes;
  throw new Error('the earlier result has no row of this one: name a newer file');
}

function changesOf(result, earlier) {
  return result.rows.flatMap((row) => {
    const before = earlier.rows.find(({ name }) => name === row.name);
    return Object.keys(row.summary)
      .filter((side) => row.summary[side].cpuRatio && before?.summary[side]?.cpuRatio)
      .map((side) => {
        mustBeAlike(row, before);
        const was = before.summary[side].cpuRatio.median;
        const is = row.summary[side].cpuRatio.median;
        const regressed = is > was * (1 + TOLERANCE);
        const change = `${is >= was ? '+' : ''}${((is / was - 1) * 100).toFixed(1)} %`;
        return { regressed, text: `${row.name}, ${side}: × floor ${was.toFixed(2)} → ${is.toFixed(2)} (${change})` };
      });
  });
}

function mustBeAlike(row, before) {
  const load = ({ concurrency, ratePerSecond }) => `concurrency ${concurrency}, rate ${ratePerSecond}`;
  if (load(row.load) === load(before.load)) return;
  throw new Error(
    `the row ${row.name} was measured with ${load(before.load)} then and ${load(row.load)} now: measure with the same load`,
  );
}
