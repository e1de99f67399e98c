// What does it cost that calls enter through Nest's ExternalContextCreator (guard, two interceptors, filter)?
// `node bench/questions/external-context.mjs [options of the benchmark]`; the answer stands in docs/adr/0003.
import { interleavedRounds } from '../load/rounds.mjs';
import { Target } from '../load/target.mjs';
import { unaryCall } from '../load/unary-call.mjs';
import { readOptions } from '../options.mjs';
import { Family } from '../processes/family.mjs';
import { spread } from '../report/statistics.mjs';
import { summaryOf } from '../report/summary.mjs';
import { rowTable } from '../report/table.mjs';

const WAYS = ['direct', 'guard', 'nest'];
const ISOLATED = { rounds: 15, count: 10_000 };

const tell = (text) => process.stderr.write(`${text}\n`);
const say = (text) => process.stdout.write(`${text}\n`);

/** What each way costs more than direct calls, taken within each round. */
function differences(title, rounds) {
  for (const way of WAYS.slice(1)) {
    const extra = spread(rounds.map((round) => round[way] - round.direct));
    const [median, q1, q3, min, max] = ['median', 'q1', 'q3', 'min', 'max'].map((name) => extra[name].toFixed(1));
    say(`${title}, ${way}: ${median} µs CPU per call more (half of the rounds ${q1} to ${q3}, all ${min} to ${max})`);
  }
}

/** Whole calls over sockets. */
async function onTheRealPath(child, target, { rounds, warmUpCalls, load }) {
  const sides = WAYS.map((name) => ({ name, child, target }));
  let counted = 0;
  const before = async ({ name }) => {
    const entered = Object.values(await child.ask('enterBy', name));
    if (entered.length > 1) throw new Error('a round went more than one way');
    counted += entered[0] ?? 0;
  };
  const measured = await interleavedRounds(sides, { rounds, warmUpCalls, load, before, progress: tell });
  await before({ name: 'guard' });
  const sent = WAYS.length * (warmUpCalls + rounds * load.calls);
  if (counted !== sent) throw new Error(`${sent} calls were sent and ${counted} entered`);
  say(rowTable({ name: 'entry', load, floor: 'direct', rounds: measured, summary: summaryOf(measured, 'direct') }));
  say('');
  differences(
    'whole calls',
    measured.map((round) => Object.fromEntries(WAYS.map((way) => [way, round[way].cpuUs]))),
  );
}

/** The entry by itself, with a handler that has its answer at once: what no noise of sockets hides. */
async function alone(child) {
  const measured = [];
  for (let round = -1; round < ISOLATED.rounds; round += 1) {
    const result = {};
    for (const way of WAYS) result[way] = await child.ask('isolated', { way, count: ISOLATED.count });
    if (round >= 0) measured.push(result);
  }
  const medians = WAYS.map((way) => `${way} ${spread(measured.map((round) => round[way])).median.toFixed(1)}`);
  say(`the entry alone: ${medians.join(', ')} µs CPU per call (medians)`);
  differences('the entry alone', measured);
}

const { rounds, calls, warmUpCalls, concurrency, ratePerSecond } = readOptions(process.argv.slice(2));
const load = { calls, concurrency, ratePerSecond };
const family = new Family();
try {
  const emulator = await family.start('emulator.mjs');
  const child = await family.start('entry-variants.mjs', { upstream: emulator.ready.url });
  const target = family.keep(new Target(child.ready.url, unaryCall(child.ready.token), load));
  await onTheRealPath(child, target, { rounds, warmUpCalls, load });
  await alone(child);
} finally {
  await family.end();
}
