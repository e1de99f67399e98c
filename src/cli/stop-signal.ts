import { complain } from './output.js';

/** Exit code of a process that a second signal ended at once (128 + SIGINT). */
const FORCED = 130;

/** npm and process managers pass a signal on that the terminal sent to the whole group already: that is one signal. */
const ECHO_MS = 2_000;

/**
 * Resolves at the first SIGTERM or SIGINT, after which the replica drains; another one, later, ends the process at once,
 * for people who cannot wait.
 */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const onSignal = (): void => {
      const nowMs = performance.now();
      firstMs ??= nowMs;
      if (nowMs - firstMs > ECHO_MS) {
        complain('Stopped at once; calls under way were cut.');
        process.exit(FORCED);
      }
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
