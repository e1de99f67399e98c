// Interleaved rounds: what disturbs the machine disturbs every side, and no side always comes first.
import { measure } from './measure.mjs';

/**
 * Resolves with one entry per round: side name → measurement. `before(side)` prepares a side and runs outside the
 * measured time; every side gets one warm-up of `warmUpCalls` first.
 */
export async function interleavedRounds(
  sides,
  { rounds, warmUpCalls, load, before = async () => undefined, progress },
) {
  for (const side of sides) {
    progress(`warming up ${side.name}`);
    await before(side);
    await measure(side, { ...load, calls: warmUpCalls, ratePerSecond: 0 });
  }
  const measured = [];
  for (let round = 0; round < rounds; round += 1) {
    progress(`round ${round + 1} of ${rounds}`);
    const results = {};
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      await before(side);
      results[side.name] = await measure(side, load);
    }
    measured.push(results);
  }
  return measured;
}
