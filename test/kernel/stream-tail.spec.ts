import { describe, expect, it } from '@jest/globals';
import { type Framing, StreamTail } from '../../src/kernel/gemini/stream-tail.js';

const split = (framing: Framing, chunks: readonly string[]): [passed: string, held: string] => {
  const tail = new StreamTail(framing, (bytes) => Buffer.from(bytes.toString().replaceAll('SECRET', '******')));
  const passed = chunks.map((chunk) => tail.push(Buffer.from(chunk)).toString()).join('');
  return [passed, tail.end().toString()];
};

const GOOD = 'data: {"candidates":[{"error":"not one"}]}\r\n\r\ndata: {"a":1}\r\n\r\n';
const RAW_ERROR = '{"error":{"code":503,"message":"key AIza"}}';

describe('StreamTail of events', () => {
  it('passes a good stream unaltered, wherever it is cut', () => {
    const text = `: note\r\nevent: step.delta\r\nid: 1\r\nretry: 5\r\n${GOOD}data: [DONE]\n\n`;
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(split('events', [text.slice(0, cut), text.slice(cut)])).toEqual([text, '']);
    }
  });

  it('holds a raw error that follows in the same chunk, and all after it', () => {
    expect(split('events', [GOOD + RAW_ERROR.slice(0, 9), RAW_ERROR.slice(9)])).toEqual([GOOD, RAW_ERROR]);
  });

  it('holds an indented raw error and an array of one', () => {
    expect(split('events', [GOOD, '{\n  "error": {}\n}'])).toEqual([GOOD, '{\n  "error": {}\n}']);
    expect(split('events', [GOOD, '[{"error":{}}]'])).toEqual([GOOD, '[{"error":{}}]']);
  });

  it('holds an error that comes as an event', () => {
    expect(split('events', [`${GOOD}data: {"error": {"code":1}}\n\n`])).toEqual([
      GOOD,
      'data: {"error": {"code":1}}\n\n',
    ]);
    expect(split('events', [`${GOOD}event: error\ndata: {}\n\n`])).toEqual([GOOD, 'event: error\ndata: {}\n\n']);
  });

  it('holds the rest of an error whose line was cut', () => {
    const [passed, held] = split('events', [`${GOOD}data: {"er`, 'ror":{"message":"AIza"}}']);
    expect(passed + held).toBe(`${GOOD}data: {"error":{"message":"AIza"}}`);
    expect(passed).not.toContain('AIza');
  });

  it('holds a bounded number of bytes, and loses and leaks none of a longer tail', () => {
    const text = `{${'x'.repeat(100_000)}SECRET${'y'.repeat(100_000)}SECRET}`;
    const pieces = text.match(/[\s\S]{1,5000}/g) ?? [];
    const [passed, held] = split('events', pieces);
    expect(held.length).toBeLessThanOrEqual(64 * 1024);
    expect(passed + held).toBe(text.replaceAll('SECRET', '******'));
  });

  it.each(['\ufeffdata: {}\n\n', 'x-note: 1\ndata: {}\n\n', 'data: {"error":null,"choices":[]}\n\n'])(
    'passes the good stream %j',
    (text) => {
      for (let cut = 0; cut <= text.length; cut += 1) {
        expect(split('events', [text.slice(0, cut), text.slice(cut)])).toEqual([text, '']);
      }
    },
  );
});

describe('StreamTail of an array', () => {
  const array =
    '[{"candidates":[{"content":{"parts":[{"functionCall":{"args":{\n          "error": "mine"}}}]}}]}\r\n,{"b":1}\r\n';

  it('passes answers, also such that speak of errors', () => {
    expect(split('array', [array, ']'])).toEqual([`${array}]`, '']);
  });

  it.each([',{"error":{"code":503}}]', ',\n{\n  "error": {\n    "code": 503\n  }\n}\n]'])(
    'holds the last element %j',
    (element) => {
      const [passed, held] = split('array', [array + element]);
      expect(passed + held).toBe(array + element);
      expect(held).toContain('503');
      expect(passed).not.toContain('503');
    },
  );
});
