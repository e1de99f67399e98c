import type { JsonObject } from '../json.js';
import { isObject, listOf, objectOf, read } from '../json.js';

/** What one client message adds to the conversation. */
export interface ClientTurn {
  readonly contents: readonly JsonObject[];
  /** The model is to answer now. */
  readonly isComplete: boolean;
}

/** Reads clientContent, realtimeInput or toolResponse, in camelCase or snake_case; undefined for anything else. */
export function readClientTurn(message: JsonObject): ClientTurn | undefined {
  const content = read(message, 'clientContent');
  if (isObject(content)) {
    return { contents: listOf(content.turns).map(objectOf), isComplete: read(content, 'turnComplete') === true };
  }
  const input = read(message, 'realtimeInput');
  if (isObject(input)) return realtimeTurn(input);
  const response = read(message, 'toolResponse');
  if (!isObject(response)) return undefined;
  const parts = listOf(read(response, 'functionResponses')).map((functionResponse) => ({ functionResponse }));
  return { contents: [{ role: 'user', parts }], isComplete: true };
}

const ENDS = ['activityEnd', 'audioStreamEnd'];

/** Text is answered at once; audio and video when the activity or the stream ends. */
function realtimeTurn(input: JsonObject): ClientTurn {
  const media = [read(input, 'audio'), read(input, 'video'), ...listOf(read(input, 'mediaChunks'))].filter(isObject);
  const parts: JsonObject[] = media.map((inlineData) => ({ inlineData }));
  if (typeof input.text === 'string') parts.push({ text: input.text });
  const isComplete = typeof input.text === 'string' || ENDS.some((field) => read(input, field) !== undefined);
  return { contents: parts.length > 0 ? [{ role: 'user', parts }] : [], isComplete };
}
