import { z } from 'zod';
import { wholeNumber } from '../scalars/numbers.js';

/** Limits by model pattern; the first pattern that matches counts. */
export const limitsByModel = z.record(
  z.string(),
  z.strictObject({
    rpm: wholeNumber().optional().describe('Requests a minute.'),
    tpm: wholeNumber().optional().describe('Input tokens a minute.'),
    rpd: wholeNumber().optional().describe('Requests a day, counted from midnight Pacific time.'),
  }),
);
