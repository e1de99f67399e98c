// Row "lease": to choose a key for a call and to book its answer, by strategy; and what a call costs that is refused.
import { Family } from '../processes/family.mjs';
import { summaryOf } from '../report/summary.mjs';

const FLOOR = 'bare scan';
const OTHERS = [
  'weighted round robin',
  'adaptive',
  'least in flight',
  'priority',
  'kept conversation',
  'new conversation',
  'refused',
];

/** The cheapest of the rows by far: so many calls for one of the others keep its rounds long enough to be measured. */
const CALLS_FOR_ONE = 10;

/** The floor is as much cheaper again. */
const FLOOR_CALLS_FOR_ONE = 10;

/**
 * Resolves with `{ name, load, floor, rounds, summary }`; every process that was started has ended then. Each side has a
 * process of its own, as a replica has one balancer: several in one would be compiled for what they have in common.
 */
export async function leaseRow({ rounds, calls, warmUpCalls }, progress) {
  const load = { calls: calls * CALLS_FOR_ONE, concurrency: 1, ratePerSecond: 0 };
  const family = new Family();
  try {
    const sides = [];
    for (const name of [FLOOR, ...OTHERS]) sides.push({ name, child: await family.start('lease.mjs', { side: name }) });
    progress('warming up the balancer');
    for (const { child } of sides) await child.ask('choose', warmUpCalls * CALLS_FOR_ONE);
    const measured = [];
    for (let round = 0; round < rounds; round += 1) {
      progress(`round ${round + 1} of ${rounds}`);
      const results = {};
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        results[side.name] = await measure(side.child, load.calls * (side.name === FLOOR ? FLOOR_CALLS_FOR_ONE : 1));
      }
      measured.push(results);
    }
    return { name: 'lease', load, floor: FLOOR, rounds: measured, summary: summaryOf(measured, FLOOR) };
  } finally {
    await family.end();
  }
}

async function measure(child, count) {
  const { user, system } = await child.ask('choose', count);
  const [userUs, systemUs] = [user / count, system / count];
  return { cpuUs: userUs + systemUs, userUs, systemUs };
}
