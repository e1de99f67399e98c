// Open loop: calls arrive at a fixed rate whatever becomes of those before them. A latency counts from the moment at
// which its call was due, so that a stall is charged to every call that it held up.
import { performance } from 'node:perf_hooks';

/** Resolves with the duration of all calls and the latency of each, in milliseconds; rejects at the first bad answer. */
export function openLoop(target, { calls, ratePerSecond }) {
  return new Promise((resolve, reject) => {
    const latenciesMs = new Float64Array(calls);
    const gapMs = 1000 / ratePerSecond;
    const startMs = performance.now();
    let sent = 0;
    let answered = 0;
    const send = (index) => {
      target.call((error) => {
        latenciesMs[index] = performance.now() - (startMs + index * gapMs);
        if (error) {
          clearInterval(timer);
          reject(error);
        } else if (++answered === calls) resolve({ durationMs: performance.now() - startMs, latenciesMs });
      });
    };
    const timer = setInterval(() => {
      const due = Math.min(calls, Math.floor((performance.now() - startMs) / gapMs) + 1);
      while (sent < due) send(sent++);
      if (sent === calls) clearInterval(timer);
    }, 1);
  });
}
