import { expect } from '@jest/globals';
import { keyText, type ProxyHarness } from '../support/proxy.harness.js';

export const EMBEDDING_MODEL = 'gemini-embedding-2';
export const LIVE_MODEL = 'gemini-3.8-live';

/** A question that makes the model of the tests call `get_weather`. */
export const WEATHER_QUESTION = 'What is the weather in Paris?';

/** JSON schema of what `get_weather` takes. */
export const WEATHER_PARAMETERS = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const, description: 'Name of the city' } },
  required: ['city'],
};

/** How often a letter is repeated to make a file that takes two chunks of 8 MiB. */
export const TWO_CHUNKS_BYTES = 8 * 1024 * 1024 + 1;

/** Everything that a stream yields; rejects as the stream does. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** What an SDK threw; fails when it did not throw. */
export async function thrownBy(call: PromiseLike<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    return error as Error;
  }
  throw new Error('the client reported success');
}

/** What a stream threw while it was read to its end, and what it had yielded before. */
export async function brokenStream<T>(stream: AsyncIterable<T>): Promise<{ items: T[]; error: Error }> {
  const items: T[] = [];
  const read = async (): Promise<void> => {
    for await (const item of stream) items.push(item);
  };
  return { error: await thrownBy(read()), items };
}

/** Upstream saw the operator's key, in the one header that its routes read, and the caller's token nowhere. */
export function expectOnlyTheUpstreamKey({ emulator, token }: ProxyHarness): void {
  expect(emulator.requests.length).toBeGreaterThan(0);
  for (const { path, headers } of emulator.requests) {
    const isOpenai = path.includes('/openai/');
    expect(headers['x-goog-api-key']).toBe(isOpenai ? undefined : keyText('primary'));
    expect(headers.authorization).toBe(isOpenai ? `Bearer ${keyText('primary')}` : undefined);
    expect(path + JSON.stringify(headers)).not.toContain(token);
    expect(path).not.toMatch(/[?&](?:key|access_token)=/);
  }
}

/** Errors of upstream that a client has to be able to read, each on a model of its own: a quota error rests its model. */
export const UPSTREAM_ERRORS = [
  { error: 'bad_request', model: 'gemini-2.5-pro', status: 400, says: 'Request contains an invalid argument.' },
  { error: 'model_not_found', model: 'gemini-3-flash-preview', status: 404, says: 'is not found for API version' },
  { error: 'exhausted', model: 'gemini-2.5-flash', status: 429, says: 'Resource has been exhausted' },
  { error: 'overloaded', model: 'gemini-2.5-flash-lite', status: 503, says: 'currently experiencing high demand' },
] as const;
