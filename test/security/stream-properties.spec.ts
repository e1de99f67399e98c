import { describe, expect, it } from '@jest/globals';
import { FieldTap } from '../../src/kernel/gemini/field-tap.js';
import { scanStringFields } from '../../src/kernel/gemini/json-fields.js';
import { type Framing, StreamTail } from '../../src/kernel/gemini/stream-tail.js';
import { Seeded } from './seeded.js';

const STREAMS = 400;
const WORDS = [
  ...[
    'hello',
    '"error":',
    '{"error":{"code":1}}',
    '\\',
    '"',
    '\\"',
    '\n',
    '\r\n',
    '\n\n',
    'data: ',
    'event: error',
    '\u2028',
    '😀',
  ],
  ...[
    '"usageMetadata": {"promptTokenCount": 9}',
    '"modelVersion":"x"',
    '}',
    ']',
    '{',
    '[',
    ',',
    ': ',
    'é',
    'model',
    '\t',
  ],
];
const KEY = 'AIzaSyD-not-a-real-key-0123456789abcdef';

type Json = Readonly<Record<string, unknown>>;

const chunkOf = (random: Seeded, usage: boolean): Json => ({
  candidates: [{ content: { parts: [{ text: random.text(WORDS, 8) }], role: 'model' }, index: 0 }],
  ...(usage && {
    usageMetadata: {
      promptTokenCount: random.below(900),
      candidatesTokenCount: random.below(900),
      note: random.text(WORDS, 3),
    },
  }),
  ...(usage && { modelVersion: `gemini-${random.below(9)}` }),
});

const render = (random: Seeded, chunks: readonly Json[], framing: Framing): string => {
  const indent = random.pick([0, 2]);
  if (framing === 'array') return `[${chunks.map((chunk) => JSON.stringify(chunk, null, indent)).join('\r\n,\r\n')}`;
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('');
};

const error = (framing: Framing): string => {
  const body = { error: { code: 403, message: `Consumer 'api_key:${KEY}' has been suspended.` } };
  return framing === 'array' ? `\r\n,\r\n${JSON.stringify(body, null, 2)}\r\n]` : JSON.stringify(body, null, 2);
};

describe.each(['events', 'array'] as const)('a random stream of %s, cut at random,', (framing) => {
  const random = new Seeded(framing.length * 1_000);
  const streams = Array.from({ length: STREAMS }, () => {
    const chunks = Array.from({ length: 1 + random.below(4) }, () => chunkOf(random, random.next() < 0.7));
    const good = render(random, chunks, framing);
    const tail = random.next() < 0.5 ? error(framing) : framing === 'array' ? ']' : '';
    return { chunks, bytes: Buffer.from(good + tail), isBroken: tail.includes('error'), good: Buffer.from(good) };
  });

  it.each(streams.map((stream, index) => [index, stream] as const).slice(0, 1))('is not empty', (_index, stream) => {
    expect(stream.bytes.length).toBeGreaterThan(0);
  });

  it('passes and holds every byte once, and holds nothing but an error', () => {
    for (const { bytes, isBroken, good } of streams) {
      const tail = new StreamTail(framing);
      const passed = Buffer.concat(random.chunks(bytes).map((chunk) => Buffer.from(tail.push(chunk))));
      expect(Buffer.concat([passed, tail.end()]).equals(bytes)).toBe(true);
      expect(tail.begun).toBe(isBroken);
      expect(passed.length).toBeGreaterThanOrEqual(good.length);
      expect(passed.toString()).not.toContain(KEY.slice(0, 8));
    }
  });

  it('tells the usage that a parser finds last', () => {
    for (const { chunks, bytes } of streams) {
      const tap = new FieldTap(['usageMetadata', 'modelVersion']);
      for (const piece of random.chunks(bytes)) tap.push(piece);
      const last = chunks.findLast((chunk) => 'usageMetadata' in chunk);
      expect(tap.value('usageMetadata')).toEqual(last?.['usageMetadata']);
      expect(tap.value('modelVersion')).toEqual(last?.['modelVersion']);
    }
  });
});

describe('the error of a stream', () => {
  it('is held whole however long it is', () => {
    const long = `{"error":{"message":"${'x'.repeat(200_000)}"}}`;
    const tail = new StreamTail('events');
    const passed = [`data: {}\n\n`, long].map((chunk) => tail.push(Buffer.from(chunk)).toString()).join('');
    expect((passed + tail.end().toString()).length).toBe(10 + long.length);
  });

  it.each([
    ['a field error that is null', 'data: {"error":null,"choices":[{"delta":{}}]}\n\n'],
    ['a byte order mark', '\uFEFFdata: {"a":1}\n\n'],
    ['a field that nobody knows', 'data: {}\nx-note: 1\n\ndata: {}\n\n'],
  ])('is not seen in %s', (_what, text) => {
    const tail = new StreamTail('events');
    expect(tail.push(Buffer.from(text)).toString()).toBe(text);
    expect(tail.begun).toBe(false);
  });
});

describe('the top-level scan of a random object', () => {
  const random = new Seeded(99);
  const value = (depth: number): unknown => {
    const kind = random.below(depth > 3 ? 4 : 6);
    if (kind === 0) return random.text(WORDS, 4);
    if (kind === 1) return random.below(1_000) / 7;
    if (kind === 2) return random.pick([true, false, null]);
    if (kind === 3) return `models/${random.below(9)}`;
    if (kind === 4) return Array.from({ length: random.below(4) }, () => value(depth + 1));
    return object(depth + 1);
  };
  const object = (depth: number): Json => {
    const names = ['model', 'agent', 'input', 'a"b', 'mod\\el', 'é', '', 'stream', random.text(WORDS, 2)];
    return Object.fromEntries(Array.from({ length: random.below(6) }, () => [random.pick(names), value(depth)]));
  };
  const escaped = (json: string): string =>
    json.replaceAll('"model"', () => random.pick(['"model"', '"\\u006dodel"', '"mod\\u0065l"']));

  it('finds what a parser finds', () => {
    for (let round = 0; round < 3_000; round += 1) {
      const whole = object(0);
      const json = escaped(JSON.stringify(whole, null, random.pick([0, 1, '\t'])));
      const scan = scanStringFields(Buffer.from(json), new Set(['model', 'agent']));
      const strings = ['model', 'agent'].flatMap((name) =>
        typeof whole[name] === 'string' ? [[name, whole[name]]] : [],
      );
      expect(scan.kind === 'found' && Object.fromEntries(scan.values)).toEqual(Object.fromEntries(strings));
    }
  });

  it('ends on every beginning of an object, and on bytes that are none', () => {
    for (let round = 0; round < 500; round += 1) {
      const json = Buffer.from(JSON.stringify(object(0)));
      expect(scanStringFields(json.subarray(0, random.below(json.length)), new Set(['model'])).kind).toBe(
        'not_an_object',
      );
      const noise = Buffer.from(
        Array.from({ length: 40 }, () => random.pick([0x7b, 0x22, 0x5c, 0x3a, 0x2c, 0x7d, 0x5b, 0x20, 0xff])),
      );
      expect(['found', 'duplicate', 'not_an_object']).toContain(scanStringFields(noise, new Set([''])).kind);
    }
  });
});
