import { type FaultRow, row } from './fault-row.js';

/** Errors about replacing keys, for operators; part of the fault table. */
export const ROTATION_FAULTS = {
  key_unknown: row(404, 'NOT_FOUND', 'caller', 'There is no key of this id. GET /api/keys lists the ids.'),
  key_refused: row(
    400,
    'FAILED_PRECONDITION',
    'caller',
    'Google refuses the new key, so nothing was changed. Check the key in Google AI Studio, then send it again.',
  ),
  key_untested: row(
    503,
    'UNAVAILABLE',
    'upstream',
    'The new key could not be tried, because the Gemini API does not answer; nothing was changed. Send it again later.',
  ),
  key_provider_failed: row(
    502,
    'UNAVAILABLE',
    'upstream',
    'Google Cloud made no new key, so nothing was changed. Correct gemini.rotation.provider, or send the text of a new key.',
  ),
  rotation_running: row(
    409,
    'ABORTED',
    'proxy',
    'This key is being replaced already, which takes until its last calls are over: some minutes. Try again then.',
  ),
} satisfies Record<string, FaultRow>;
