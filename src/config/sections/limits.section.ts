import { z } from 'zod';
import { duration, flag, wholeNumber } from '../scalars/numbers.js';

const window = { minMs: 1000 };

/** How much one address or client may ask for. */
export const rateLimitSection = z
  .strictObject({
    enabled: flag().prefault(true).describe('false switches all limits off.'),
    per_ip: z
      .strictObject({
        requests: wholeNumber({ min: 1 }).prefault(300).describe('Requests within the window.'),
        window: duration(window).prefault('1m').describe('The window.'),
        burst: wholeNumber().prefault(60).describe('Requests that may come at once.'),
      })
      .describe('For each source address.')
      .prefault({}),
    per_client: z
      .strictObject({
        requests: wholeNumber({ min: 1 }).prefault(600).describe('Requests within the window.'),
        window: duration(window).prefault('1m').describe('The window.'),
        tokens: wholeNumber().prefault(0).describe('Tokens within the window; 0: no limit.'),
        concurrent: wholeNumber().prefault(0).describe('Calls at the same time; 0: no limit.'),
      })
      .describe('For each client that has no limits of its own.')
      .prefault({}),
    login: z
      .strictObject({
        requests: wholeNumber({ min: 1 }).prefault(5).describe('Failed logins within the window.'),
        window: duration(window).prefault('1m').describe('The window.'),
        block: duration(window).prefault('15m').describe('How long the address is refused afterwards.'),
      })
      .describe('For logins, by source address.')
      .prefault({}),
  })
  .describe('How much one address or client may ask for.')
  .prefault({});

/** When traffic counts as unusual. */
export const anomalySection = z
  .strictObject({
    enabled: flag().prefault(true).describe('Look for unusual traffic.'),
    window: duration(window).prefault('5m').describe('The window that is compared with what was usual.'),
    sensitivity: wholeNumber({ min: 1, max: 10 })
      .prefault(4)
      .describe('1 reports the grossest changes only, 10 small ones.'),
  })
  .describe('Notice of unusual traffic.')
  .prefault({});
