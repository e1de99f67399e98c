import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [options]

  --rounds N       interleaved rounds (default 9)
  --calls N        calls a round and side (default 4000)
  --concurrency N  callers of the closed loop (default 16)
  --rate N         calls per second, as an open loop instead
  --against FILE   compare with an earlier result; exit 1 when a ratio rose by more than 15 %
  --profile FILE   write a V8 profile of the proxy under the same load and show its functions by self time
  --json           print the result as JSON instead of tables
`;

const MAXIMA = { rounds: 1_000, calls: 1_000_000, concurrency: 1_024, rate: 100_000 };

const OPTIONS = {
  rounds: { type: 'string', default: '9' },
  calls: { type: 'string', default: '4000' },
  concurrency: { type: 'string', default: '16' },
  rate: { type: 'string', default: '0' },
  against: { type: 'string' },
  profile: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

/** A command line that cannot be understood. */
export class BadOptionError extends Error {}

/** The options of the command line. Throws BadOptionError for one that is not known, or no number. */
export function readOptions(args) {
  const values = parse(args);
  const whole = (name, min) => {
    const value = Number(values[name]);
    if (Number.isSafeInteger(value) && value >= min && value <= MAXIMA[name]) return value;
    throw new BadOptionError(`--${name} must be a whole number from ${min} to ${MAXIMA[name]}, got "${values[name]}"`);
  };
  const calls = whole('calls', 1);
  return {
    rounds: whole('rounds', 1),
    calls,
    warmUpCalls: Math.max(4_000, calls),
    concurrency: whole('concurrency', 1),
    ratePerSecond: whole('rate', 0),
    against: values.against,
    profileFile: values.profile,
    json: values.json,
    help: values.help,
  };
}

function parse(args) {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new BadOptionError(error.message, { cause: error });
  }
}
