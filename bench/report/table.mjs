// What a person reads.

const number = (digits) => (value) => value.toFixed(digits);

const COLUMNS = [
  ['CPU µs/call', 'cpuUs', number(1)],
  ['× floor', 'cpuRatio', number(2)],
  ['calls/s', 'callsPerSecond', number(0)],
  ['× floor', 'callsRatio', number(2)],
  ['p50 ms', 'p50Ms', number(2)],
  ['p99 ms', 'p99Ms', number(2)],
  ['added p50', 'addedP50Ms', number(2)],
  ['added p99', 'addedP99Ms', number(2)],
  ['RSS MiB', 'rssBytes', (value) => (value / 2 ** 20).toFixed(0)],
];

/** A row of the benchmark: its rounds, then median and extremes. */
export function rowTable({ name, load, floor, rounds, summary }) {
  const how =
    load.ratePerSecond > 0 ? `open loop, ${load.ratePerSecond}/s` : `${load.concurrency} callers, closed loop`;
  return [
    `${name}: ${how}, ${load.calls} calls a round, ${rounds.length} rounds; floor: ${floor}`,
    '',
    ...grid([
      ['round', 'side', 'CPU µs/call', 'user', 'system', '× floor', 'calls/s', 'p50 ms', 'p99 ms'],
      ...perRound(rounds, floor),
    ]),
    '',
    ...grid([['median [min–max]', ...COLUMNS.map(([title]) => title)], ...perSide(summary)]),
  ].join('\n');
}

function perRound(rounds, floor) {
  return rounds.flatMap((round, index) =>
    Object.keys(round)
      .sort((a, b) => Number(b === floor) - Number(a === floor))
      .map((side) => {
        const { cpuUs, userUs, systemUs, callsPerSecond, p50Ms, p99Ms } = round[side];
        const ratio = side === floor ? '' : (cpuUs / round[floor].cpuUs).toFixed(2);
        const cpu = [cpuUs, userUs, systemUs].map(number(1));
        return [String(index + 1), side, ...cpu, ratio, callsPerSecond.toFixed(0), p50Ms.toFixed(2), p99Ms.toFixed(2)];
      }),
  );
}

function perSide(summary) {
  return Object.entries(summary).map(([side, values]) => [
    side,
    ...COLUMNS.map(([, column, show]) => shown(values[column], show)),
  ]);
}

function shown(value, show) {
  return value === undefined ? '' : `${show(value.median)} [${show(value.min)}–${show(value.max)}]`;
}

/** Columns in one width each: the first to the left, numbers to the right. */
export function grid(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
}
