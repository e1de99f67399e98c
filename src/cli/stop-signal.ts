import { complain } from './output.js';

/** Exit code of a process that a second signal ended at once (128 + SIGINT). */
const FORCED = 130;

/**
 * Resolves at the first SIGTERM or SIGINT, after which the replica drains; a second one ends the process at once, for
 * people who cannot wait.
 */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) {
        complain('Stopped at once; calls under way were cut.');
        process.exit(FORCED);
      }
      asked = true;
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
