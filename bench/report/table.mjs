// What a person reads.

const number = (digits) => (value) => value.toFixed(digits);

/** Calls of a few microseconds differ in the second decimal. */
const micros = (value) => value.toFixed(value < 10 ? 2 : 1);

const COLUMNS = [
  ['CPU µs/call', 'cpuUs', micros],
  ['× floor', 'cpuRatio', number(2)],
  ['calls/s', 'callsPerSecond', number(0)],
  ['× floor', 'callsRatio', number(2)],
  ['p50 ms', 'p50Ms', number(2)],
  ['p99 ms', 'p99Ms', number(2)],
  ['added p50', 'addedP50Ms', number(2)],
  ['added p99', 'addedP99Ms', number(2)],
  ['RSS MiB', 'rssBytes', (value) => (value / 2 ** 20).toFixed(0)],
];

/** What a round shows of each side. */
const ROUND_COLUMNS = [
  ['CPU µs/call', 'cpuUs', micros],
  ['user', 'userUs', micros],
  ['system', 'systemUs', micros],
  ['× floor', 'cpuRatio', number(2)],
  ['calls/s', 'callsPerSecond', number(0)],
  ['p50 ms', 'p50Ms', number(2)],
  ['p99 ms', 'p99Ms', number(2)],
];

/** A row of the benchmark: its rounds, then median and extremes. */
export function rowTable({ name, load, floor, rounds, summary }) {
  return [
    `${name}: ${loadOf(load)}, ${load.calls} calls a round, ${rounds.length} rounds; floor: ${floor}`,
    '',
    ...grid(perRound(rounds, floor)),
    '',
    ...grid(perSide(summary)),
  ].join('\n');
}

function loadOf({ concurrency, ratePerSecond }) {
  if (ratePerSecond > 0) return `open loop, ${ratePerSecond}/s`;
  return concurrency === 1 ? 'one caller' : `${concurrency} callers, closed loop`;
}

function perRound(rounds, floor) {
  const lines = rounds.flatMap((round, index) =>
    Object.keys(round)
      .sort((a, b) => Number(b === floor) - Number(a === floor))
      .map((side) => {
        const ratio = side === floor ? {} : { cpuRatio: round[side].cpuUs / round[floor].cpuUs };
        return [String(index + 1), side, { ...round[side], ...ratio }];
      }),
  );
  const columns = usedColumns(ROUND_COLUMNS, lines);
  return [
    ['round', 'side', ...columns.map(([title]) => title)],
    ...lines.map(([round, side, values]) => [round, side, ...columns.map(([, key, show]) => plain(values[key], show))]),
  ];
}

function perSide(summary) {
  const lines = Object.entries(summary);
  const columns = usedColumns(COLUMNS, lines);
  return [
    ['median [min–max]', ...columns.map(([title]) => title)],
    ...lines.map(([side, values]) => [side, ...columns.map(([, key, show]) => shown(values[key], show))]),
  ];
}

/** The columns of which a line has something; its values come last. */
function usedColumns(columns, lines) {
  return columns.filter(([, key]) => lines.some((line) => line.at(-1)[key] !== undefined));
}

function plain(value, show) {
  return value === undefined ? '' : show(value);
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
