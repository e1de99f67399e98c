import type { UpstreamAnswer } from '../egress/upstream-answer.js';

/** An answer that upstream was not asked for: 200, with a JSON body. */
export function madeAnswer(value: unknown): UpstreamAnswer {
  const body = Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=UTF-8', 'content-length': String(body.length) },
    pipe: (sink) => {
      sink.data(body);
      sink.end();
    },
    resume: () => undefined,
    abort: () => undefined,
  };
}
