// `npm run bench`: what the proxy costs, beside what Node costs at least, in one run.
import { resolve } from 'node:path';
import { BadOptionError, readOptions, USAGE } from './options.mjs';
import { topSelfTimes } from './report/profile.mjs';
import { compare, machine, readResult, resultOf, writeResult } from './report/results.mjs';
import { rowTable } from './report/table.mjs';
import { leaseRow } from './rows/lease.mjs';
import { unaryRow } from './rows/unary.mjs';

const ROWS = [leaseRow, unaryRow];

const tell = (text) => process.stderr.write(`${text}\n`);

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return process.stdout.write(USAGE);
  const earlier = options.against === undefined ? undefined : await readResult(options.against);
  const profileFile = options.profileFile === undefined ? undefined : resolve(options.profileFile);
  const at = machine();
  const rows = [];
  for (const row of ROWS) rows.push(await row({ ...options, profileFile }, tell));
  const result = resultOf(new Date(), rows, at);
  const file = await writeResult(result);
  await print(result, options.json, profileFile);
  tell(`written to ${file}`);
  if (earlier) judge(compare(result, earlier));
}

async function print(result, json, profileFile) {
  if (json) return process.stdout.write(`${JSON.stringify(result)}\n`);
  const { cpu, cores, node, platform, loadAverage } = result.machine;
  const load = loadAverage.map((value) => value.toFixed(1)).join(' ');
  process.stdout.write(`${cpu}, ${cores} cores, ${platform}, Node ${node}; load average before the run ${load}\n\n`);
  process.stdout.write(`${result.rows.map(rowTable).join('\n\n')}\n`);
  if (profileFile) process.stdout.write(`\n${(await topSelfTimes(profileFile)).join('\n')}\n`);
}

function judge(changes) {
  for (const { text, regressed } of changes) tell(`${regressed ? 'REGRESSION ' : ''}${text}`);
  if (changes.some(({ regressed }) => regressed)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  tell(error instanceof BadOptionError ? `${error.message}\n\n${USAGE}` : `The benchmark failed: ${error.message}`);
  process.exitCode = 1;
}
