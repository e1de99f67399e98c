import { spread } from './statistics.mjs';

const COLUMNS = ['cpuUs', 'userUs', 'systemUs', 'callsPerSecond', 'p50Ms', 'p99Ms', 'rssBytes'];

/** What is compared with the floor of the same round: CPU and calls per second as ratios, latency as what was added. */
const COMPARED = {
  cpuRatio: (side, floor) => side.cpuUs / floor.cpuUs,
  callsRatio: (side, floor) => side.callsPerSecond / floor.callsPerSecond,
  addedP50Ms: (side, floor) => side.p50Ms - floor.p50Ms,
  addedP99Ms: (side, floor) => side.p99Ms - floor.p99Ms,
};

/** Side name → column → median and extremes over the rounds. A ratio is taken within its round, then summed up. */
export function summaryOf(rounds, floor) {
  const names = Object.keys(rounds[0]).sort((a, b) => Number(b === floor) - Number(a === floor));
  return Object.fromEntries(names.map((name) => [name, sideSummary(rounds, name, floor)]));
}

/** Only of what was measured: a row without sockets has no latency. */
function sideSummary(rounds, name, floor) {
  const own = COLUMNS.map((column) => [column, rounds.map((round) => round[name][column])]);
  const compared = Object.entries(COMPARED).map(([column, compare]) => [
    column,
    rounds.map((round) => compare(round[name], round[floor])),
  ]);
  const columns = name === floor ? own : [...own, ...compared];
  const measured = columns.filter(([, values]) => values.every(Number.isFinite));
  return Object.fromEntries(measured.map(([column, values]) => [column, spread(values)]));
}
