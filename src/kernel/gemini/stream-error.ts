import { errorObjectOf, type GoogleError, readErrorObject } from './google-error.js';
import { endOfValue } from './json-fields.js';
import { isFields, parseJson } from './json-values.js';
import { judge, judgeWords, type Verdict } from './verdict.js';

const OPEN_OBJECT = 0x7b;

/**
 * Judges an error that ended a stream which had begun well, from the bytes that a StreamTail held back: a raw object,
 * the last element of an array, `event: error`, or `data: {"error": …}` (wire facts D.6). The status is the one that
 * the error itself states, for the answer's was 200. Never throws; what cannot be read is upstream's failure.
 */
export function judgeStreamError(tail: Buffer): Verdict {
  const error = errorIn(tail);
  const verdict = error && (error.httpStatus === undefined ? judgeWords(error) : judge(error.httpStatus, error));
  return verdict ?? { scope: 'upstream', reason: 'stream_error' };
}

/** The first object holds the error, or is it: the network may have cut its name off before it was recognised. */
function errorIn(tail: Buffer): GoogleError | undefined {
  const start = tail.indexOf(OPEN_OBJECT);
  const end = start < 0 ? -1 : endOfValue(tail, start);
  const value = end < 0 ? undefined : parseJson(tail.toString('utf8', start, end));
  const error = errorObjectOf(value) ?? value;
  return isFields(error) ? readErrorObject(error) : undefined;
}
