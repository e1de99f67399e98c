import { errorPayload } from '../errors/dialect.js';
import type { ApiCall } from './api-call.js';

/** How the pieces of a stream are framed on the wire. */
export interface Framing {
  readonly contentType: string;
  /** One event; `index` counts from 0. */
  readonly frame: (value: unknown, index: number) => string;
  /** What ends the stream. */
  readonly tail: string;
}

export const SSE_FRAMING: Framing = {
  contentType: 'text/event-stream',
  frame: (value) => `data: ${JSON.stringify(value)}\r\n\r\n`,
  tail: '',
};

export const ARRAY_FRAMING: Framing = {
  contentType: 'application/json; charset=UTF-8',
  frame: (value, index) => `${index === 0 ? '[' : ','}${JSON.stringify(value, null, 2)}\r\n`,
  tail: ']',
};

/** Long enough for a reader to take what came before as a read of its own. */
const TAIL_PAUSE_MS = 25;

/** Streams the events at the pace of the call's shape, and breaks off where its faults say so. */
export async function sendStream(call: ApiCall, framing: Framing, events: Iterable<unknown>): Promise<void> {
  const { reply, shape, plan } = call;
  const pauseMs = shape.chunk_delay_ms ?? 0;
  await reply.begin(200, call.headers({ 'content-type': framing.contentType, 'content-disposition': 'attachment' }));
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

async function finish(call: ApiCall, framing: Framing, index: number): Promise<void> {
  const { reply, plan } = call;
  const { streamError } = plan;
  if (streamError !== undefined) return breakOff(call, framing, index);
  if (plan.echoes.has('stream_tail')) {
    const message = `Internal error for consumer 'api_key:${call.account?.key ?? ''}'.`;
    return writeTail(call, { error: { code: 500, message, status: 'INTERNAL' } });
  }
  if (framing.tail !== '') await reply.write(index === 0 ? `[${framing.tail}` : framing.tail);
  await reply.end();
}

async function breakOff(call: ApiCall, framing: Framing, index: number): Promise<void> {
  const form = call.plan.streamError?.form ?? 'tail';
  const { error } = call.error(call.plan.streamError?.error ?? 'overloaded');
  if (framing === ARRAY_FRAMING) {
    await call.reply.write(framing.frame({ error }, index));
    await call.reply.write(framing.tail);
    return call.reply.end();
  }
  if (form === 'data') {
    await call.reply.write(framing.frame(errorPayload({ ...error }, 'native'), index));
    return call.reply.end();
  }
  return writeTail(call, form === 'array' ? [{ error }] : { error });
}

/** Raw JSON behind the last event, in a read of its own. */
async function writeTail(call: ApiCall, payload: unknown): Promise<void> {
  await call.reply.pause(TAIL_PAUSE_MS);
  await call.reply.write(JSON.stringify(payload, null, 2));
  await call.reply.end();
}
