import { z } from 'zod';
import { breakIf, type Read, type RuleBreak, withRule } from '../rule.js';
import { decimal, duration, flag, TIMER_MAX, wholeNumber } from '../scalars/numbers.js';
import { optionalSecretUrl } from '../scalars/secrets.js';
import { isMapping } from '../option-path.js';
import { optionalText, patterned } from '../scalars/text.js';

const positiveTimer = { minMs: 1, ...TIMER_MAX };

export const geminiTimeouts = z
  .strictObject({
    connect: duration(positiveTimer).prefault('5s').describe('To connect.'),
    first_byte: duration(positiveTimer)
      .prefault('610s')
      .describe('From the sent request to the first byte of the answer.'),
    idle: duration(positiveTimer).prefault('120s').describe('Between two pieces of an answer.'),
    total: duration(positiveTimer).prefault('20m').describe('The whole call.'),
  })
  .describe('How long the upstream may take.')
  .prefault({});

const backoff = withRule(
  z.strictObject({
    base: duration(positiveTimer)
      .prefault('250ms')
      .describe('Before the second attempt; doubles with each further one.'),
    max: duration(positiveTimer).prefault('8s').describe('The longest pause.'),
  }),
  backoffInOrder,
)
  .describe('Pauses between attempts.')
  .prefault({});

export const geminiRetry = z
  .strictObject({
    max_attempts: wholeNumber({ min: 1, max: 20 })
      .prefault(3)
      .describe('Attempts for one call, the first one included.'),
    budget: decimal({ min: 0, max: 1 })
      .prefault(0.2)
      .describe('The share of all traffic that further attempts may make.'),
    backoff,
    after_send: flag()
      .prefault(false)
      .describe('Try again even when the upstream may have done, and billed, the work already.'),
  })
  .describe('When a call is tried again; never after its first byte reached the caller.')
  .prefault({});

export const geminiBreaker = z
  .strictObject({
    failures: wholeNumber({ min: 1 }).prefault(5).describe('Failures within the window that stop the calls.'),
    window: duration(positiveTimer).prefault('30s').describe('The window that failures are counted in.'),
    open: duration(positiveTimer).prefault('10s').describe('The first pause.'),
    max_open: duration(positiveTimer).prefault('5m').describe('The longest pause.'),
    probes: wholeNumber({ min: 1 }).prefault(2).describe('Calls that must succeed before all calls pass again.'),
  })
  .describe('Pauses for an upstream address that fails.')
  .prefault({});

export const geminiLive = z
  .strictObject({
    max_session: duration(positiveTimer).prefault('2h').describe('The longest Live session.'),
    idle: duration(positiveTimer).prefault('10m').describe('A session without any message ends after this time.'),
  })
  .describe('Live WebSocket sessions.')
  .prefault({});

/** Where Google Cloud makes the keys of one project. */
const providedProject = z.strictObject({
  id: patterned('^[a-z0-9][a-z0-9.:-]{4,62}$', 'the id or the number of a Google Cloud project').describe(
    'The Google Cloud project.',
  ),
  account: optionalText()
    .prefault('')
    .describe('The service account that new keys act for, which makes them auth keys; empty: standard keys.'),
});

const keyProvider = withRule(
  z.strictObject({
    service_account_file: optionalText()
      .prefault('')
      .describe('JSON file of a service account that may make and delete API keys; empty: keys are replaced by hand.'),
    projects: z
      .record(z.string(), providedProject)
      .describe('Project of the keys → where Google Cloud makes new ones.')
      .prefault({}),
  }),
  projectsHaveAFile,
)
  .describe("Google Cloud's API Keys API, which makes new keys and deletes old ones.")
  .prefault({});

export const geminiRotation = z
  .strictObject({
    max_age: duration().prefault('90d').describe('The age at which a key should be replaced; 0: never for its age.'),
    warn_before: duration().prefault('14d').describe('How long before that a warning is given.'),
    check_interval: duration(positiveTimer).prefault('1h').describe('How often the ages are checked.'),
    provider: keyProvider,
  })
  .describe('Replacing keys.')
  .prefault({});

export const geminiEgress = z
  .strictObject({
    proxy: optionalSecretUrl(['http', 'https']).prefault('').describe('An HTTP proxy for the calls to Gemini.'),
    ca_file: optionalText().prefault('').describe('PEM file of further authorities to trust for these calls.'),
  })
  .describe('How calls leave this machine.')
  .prefault({});

function backoffInOrder(read: Read): readonly RuleBreak[] {
  const [base, max] = [read('base'), read('max')];
  const reversed = typeof base === 'number' && typeof max === 'number' && base > max;
  return breakIf(reversed, ['base'], 'must not be longer than max');
}

function projectsHaveAFile(read: Read): readonly RuleBreak[] {
  const projects = read('projects');
  const isMissing =
    isMapping(projects) && Object.keys(projects).length > 0 && read('service_account_file') === undefined;
  return breakIf(isMissing, ['service_account_file'], 'is missing: give the file of the account that makes the keys');
}
