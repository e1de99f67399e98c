// One side of one round: load on a target, and what it cost the process behind it.
import { quantile } from '../report/statistics.mjs';
import { closedLoop } from './closed-loop.mjs';
import { openLoop } from './open-loop.mjs';

/** CPU in microseconds per call (user and system, all threads), calls per second, latency in milliseconds. */
export async function measure({ child, target }, load) {
  const before = await child.usage();
  const { durationMs, latenciesMs } = await send(target, load);
  const after = await child.usage();
  const sorted = latenciesMs.sort();
  const userUs = (after.user - before.user) / load.calls;
  const systemUs = (after.system - before.system) / load.calls;
  return {
    cpuUs: userUs + systemUs,
    userUs,
    systemUs,
    callsPerSecond: (load.calls * 1000) / durationMs,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    rssBytes: after.rssBytes,
  };
}

function send(target, load) {
  return load.ratePerSecond > 0 ? openLoop(target, load) : closedLoop(target, load);
}
