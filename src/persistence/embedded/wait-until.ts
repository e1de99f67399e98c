import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.js';

const POLL_MS = 10;

/** Asks again and again until the condition holds; false when it did not within `timeoutMs`. */
export async function waitUntil(
  clock: Clock,
  timeoutMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const deadline = clock.monotonic() + timeoutMs;
  while (!(await condition())) {
    if (clock.monotonic() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
