import { describe, expect, it } from '@jest/globals';
import { Fault } from '../../src/kernel/errors/fault.js';
import { faultBody, faultTail } from '../../src/proxy/dialects/fault-body.js';

const fault = new Fault('keys_exhausted', { retryAfterMs: 1500 });
const json = (text: string): unknown => JSON.parse(text);

describe('faultBody', () => {
  it('is a google.rpc.Status with RetryInfo on the native routes', () => {
    expect(json(faultBody(fault, 'google', 'id'))).toEqual({
      error: {
        code: 429,
        message: fault.message,
        status: 'RESOURCE_EXHAUSTED',
        details: [
          expect.objectContaining({ reason: 'KEYS_EXHAUSTED', metadata: { requestId: 'id' } }),
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' },
        ],
      },
    });
  });

  it('is the same in an array where Google answers arrays', () => {
    expect(json(faultBody(fault, 'google_array', 'id'))).toEqual([json(faultBody(fault, 'google', 'id'))]);
  });

  it('has a string code on interactions and a plain object on OpenAI routes', () => {
    expect(json(faultBody(fault, 'interactions', 'id'))).toEqual({
      error: { code: 'rate_limit_exceeded', message: fault.message },
    });
    expect(json(faultBody(fault, 'openai', 'id'))).toEqual({
      error: { message: fault.message, type: 'rate_limit_error', param: null, code: 'keys_exhausted' },
    });
  });
});

describe('faultTail', () => {
  it('ends a cut line with one line end, so that no half event is dispatched', () => {
    expect(faultTail(fault, 'google', 'id', 'half_a_line')).toMatch(/^\r\n\{"error".*\}\r\n$/);
    expect(faultTail(fault, 'google', 'id', 'whole_lines')).toMatch(/^\{"error".*\}\r\n$/);
  });

  it('makes whole JSON of an array, also of one that never began', () => {
    expect(json(faultTail(fault, 'google_array', 'id', 'nothing'))).toHaveLength(1);
    expect(json(`[{}${faultTail(fault, 'google_array', 'id', 'half_a_line')}`)).toHaveLength(2);
  });

  it('is an event of its own in the other dialects', () => {
    expect(faultTail(fault, 'interactions', 'id', 'whole_lines')).toMatch(
      /^event: error\ndata: \{"event_type":"error",/,
    );
    expect(faultTail(fault, 'openai', 'id', 'half_a_line')).toMatch(/^\n\ndata: \{"error".*\n\n$/);
  });
});
