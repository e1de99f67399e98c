import type { ApiCall } from './api-call.js';
import type { Failure, Framing } from './framing.js';

/** Long enough for a reader to take what came before as a read of its own. */
const TAIL_PAUSE_MS = 25;

/** Streams the events at the pace of the call's shape, and breaks off where its faults say so. */
export async function sendStream(call: ApiCall, framing: Framing, events: Iterable<unknown>): Promise<void> {
  const { reply, shape, plan } = call;
  const pauseMs = shape.chunk_delay_ms ?? 0;
  await reply.begin(200, call.headers({ 'content-type': framing.contentType }));
  if (shape.first_chunk_delay_ms !== undefined) await reply.pause(shape.first_chunk_delay_ms);
  let index = 0;
  for (const event of events) {
    if (!reply.open) return;
    if (index === plan.streamError?.after_chunks) break;
    if (index > 0 && pauseMs > 0) await reply.pause(pauseMs);
    await reply.write(framing.frame(event, index));
    index += 1;
  }
  await finish(call, framing, index);
}

async function finish(call: ApiCall, framing: Framing, count: number): Promise<void> {
  const { reply } = call;
  const failure = failureOf(call, framing, count);
  if (failure?.alone === true) await reply.pause(TAIL_PAUSE_MS);
  const tail = failure?.text ?? framing.tail(count);
  if (tail !== '') await reply.write(tail);
  await reply.end();
}

function failureOf(call: ApiCall, framing: Framing, count: number): Failure | undefined {
  const { streamError, echoes } = call.plan;
  if (streamError !== undefined) {
    return framing.failure(call.error(streamError.error).error, streamError.form, count);
  }
  if (!echoes.has('stream_tail')) return undefined;
  const message = `Internal error for consumer 'api_key:${call.account?.key ?? ''}'.`;
  return framing.failure({ code: 500, message, status: 'INTERNAL' }, 'tail', count);
}
