// Row "unary": a short call and its whole answer, through the floor and through the proxy.
import { interleavedRounds } from '../load/rounds.mjs';
import { Target } from '../load/target.mjs';
import { unaryCall } from '../load/unary-call.mjs';
import { Family } from '../processes/family.mjs';
import { profiled } from '../report/profile.mjs';
import { summaryOf } from '../report/summary.mjs';

const FLOOR = 'bare node';
const PROXY = 'proxy';

/** Resolves with `{ name, load, floor, rounds, summary }`; every process that was started has ended then. */
export async function unaryRow({ rounds, calls, warmUpCalls, concurrency, ratePerSecond, profileFile }, progress) {
  const load = { calls, concurrency, ratePerSecond };
  const family = new Family();
  try {
    const emulator = await family.start('emulator.mjs');
    const upstream = emulator.ready.url;
    const [relay, proxy] = await Promise.all([
      family.start('relay.mjs', { upstream }),
      family.start('proxy.mjs', { upstream }),
    ]);
    // Both get the same bytes: the floor passes the credential on, the proxy checks it and sends one of its keys.
    const request = unaryCall(proxy.ready.token);
    const side = (name, child) => ({ name, child, target: family.keep(new Target(child.ready.url, request, load)) });
    const sides = [side(FLOOR, relay), side(PROXY, proxy)];
    const measured = await interleavedRounds(sides, { rounds, warmUpCalls, load, progress });
    if (profileFile) await profiled(sides[1], load, profileFile, progress);
    return { name: 'unary', load, floor: FLOOR, rounds: measured, summary: summaryOf(measured, FLOOR) };
  } finally {
    await family.end();
  }
}
