// Closed loop: a fixed number of callers, each of which sends its next call when it has the answer to the last one.
import { performance } from 'node:perf_hooks';

/** Resolves with the duration of all calls and the latency of each, in milliseconds; rejects at the first bad answer. */
export function closedLoop(target, { calls, concurrency }) {
  return new Promise((resolve, reject) => {
    const latenciesMs = new Float64Array(calls);
    const startMs = performance.now();
    let sent = 0;
    let answered = 0;
    let failed = false;
    const next = () => {
      if (sent === calls || failed) return;
      const index = sent++;
      const sentMs = performance.now();
      target.call((error) => {
        latenciesMs[index] = performance.now() - sentMs;
        if (error) {
          failed = true;
          reject(error);
        } else if (++answered === calls) resolve({ durationMs: performance.now() - startMs, latenciesMs });
        else next();
      });
    };
    for (let i = 0; i < concurrency; i += 1) next();
  });
}
