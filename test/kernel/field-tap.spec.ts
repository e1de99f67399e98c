import { describe, expect, it } from '@jest/globals';
import { FieldTap } from '../../src/kernel/gemini/field-tap.js';

const FIELDS = ['usageMetadata', 'modelVersion'];
const EVENT = (tokens: number) =>
  `data: {"candidates":[{"content":{"parts":[{"text":"say \\"usageMetadata\\": no"}]}}],` +
  `"usageMetadata": {"promptTokenCount": 5,"candidatesTokenCount": ${tokens},"d":[{"t":"}"}]},"modelVersion":"gemini-3.8-flash"}\r\n\r\n`;
const STREAM = EVENT(1) + EVENT(2) + EVENT(30);

const watch = (chunks: readonly string[]): FieldTap => {
  const tap = new FieldTap(FIELDS);
  for (const chunk of chunks) tap.push(Buffer.from(chunk));
  return tap;
};

describe('FieldTap', () => {
  it('keeps the last value of each field', () => {
    const tap = watch([STREAM]);
    expect(tap.value('usageMetadata')).toEqual({ promptTokenCount: 5, candidatesTokenCount: 30, d: [{ t: '}' }] });
    expect(tap.value('modelVersion')).toBe('gemini-3.8-flash');
  });

  it('finds the same wherever the stream is cut', () => {
    for (let cut = 1; cut < STREAM.length; cut += 1) {
      const tap = watch([STREAM.slice(0, cut), STREAM.slice(cut)]);
      expect(tap.value('usageMetadata')).toMatchObject({ candidatesTokenCount: 30 });
      expect(tap.value('modelVersion')).toBe('gemini-3.8-flash');
    }
  });

  it.each([1, 2, 3, 7, 20])('finds the same in chunks of %i bytes', (size) => {
    const chunks = STREAM.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
    expect(watch(chunks).value('usageMetadata')).toMatchObject({ candidatesTokenCount: 30 });
  });

  it('keeps the value before when the last one never came whole', () => {
    expect(watch([EVENT(1), EVENT(2).slice(0, -60)]).value('usageMetadata')).toMatchObject({ candidatesTokenCount: 1 });
  });

  it('does not take text, nulls or string values for a field', () => {
    const tap = watch(['{"text":"\\"usageMetadata\\":{}","a":"usageMetadata","usageMetadata":null}']);
    expect(tap.value('usageMetadata')).toBeUndefined();
  });

  it('holds nothing of a value that is larger than any usage', () => {
    const tap = watch([`{"usageMetadata":{"a":"${'x'.repeat(100_000)}"}}`]);
    expect(tap.value('usageMetadata')).toBeUndefined();
  });
});
