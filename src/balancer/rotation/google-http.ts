import { isMapping } from '../../config/option-path.js';
import type { UpstreamClient, UpstreamRequest } from '../../egress/upstream-client.js';
import { UpstreamFailure } from '../../egress/upstream-failure.js';
import { type WholeAnswer, wholeAnswer } from '../../egress/whole-answer.js';
import type { Clock } from '../../kernel/clock.js';
import { KeyProviderError } from './key-provider.js';

export type Json = Readonly<Record<string, unknown>>;

/** One request to Google Cloud. */
export interface GoogleRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly authorization?: string;
  readonly body?: { readonly type: string; readonly text: string };
}

const ANSWER_MAX_MS = 30_000;

/** Sends a request and reads the whole answer. Throws KeyProviderError when none comes within 30 s. */
export async function send(upstream: UpstreamClient, clock: Clock, request: GoogleRequest): Promise<WholeAnswer> {
  try {
    return await wholeAnswer(upstream.send(toUpstream(request)), clock, ANSWER_MAX_MS);
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    throw new KeyProviderError(`${request.url.origin} does not answer (${error.kind}).`);
  }
}

/** The JSON object of an answer; an empty one for any other body. */
export function jsonOf({ body }: WholeAnswer): Json {
  try {
    const value: unknown = JSON.parse(body);
    return isMapping(value) ? value : {};
  } catch {
    return {};
  }
}

function toUpstream({ method, url, authorization, body }: GoogleRequest): UpstreamRequest {
  const headers = ['accept-encoding', 'identity'];
  if (authorization !== undefined) headers.push('authorization', authorization);
  if (body) headers.push('content-type', body.type);
  const path = `${url.pathname}${url.search}`;
  return { origin: url.origin, path, method, headers, body: body ? Buffer.from(body.text) : null };
}
