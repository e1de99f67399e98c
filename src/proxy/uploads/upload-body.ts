import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { Fault } from '../../kernel/errors/fault.js';

/**
 * The bytes of an upload on their way through, never more than `maxBytes`: beyond, the stream fails with the Fault
 * body_too_large. It stands between the caller's socket and upstream, so that an upstream that answers early, and drops
 * the body, does not take the caller's connection with it.
 */
export function uploadBody(request: IncomingMessage, maxBytes: number): Readable {
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new Fault('body_too_large'));
      else done(null, chunk);
    },
  });
  // It may fail before anybody reads it, and while nobody does: the call is then refused for another reason.
  counted.on('error', () => undefined);
  request.once('close', () => {
    if (!request.complete) counted.destroy(new Fault('body_incomplete'));
  });
  return request.pipe(counted);
}
