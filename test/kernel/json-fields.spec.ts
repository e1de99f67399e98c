import { describe, expect, it } from '@jest/globals';
import { scanStringFields } from '../../src/kernel/gemini/json-fields.js';

const scan = (text: string) => scanStringFields(Buffer.from(text), new Set(['model']));

describe('scanStringFields', () => {
  it('reads the field of the outermost object only', () => {
    const found = scan('{"messages":[{"model":"inner","a":"}]\\""}],"n":1.5,"b":true,"model":"gemini-3.8-flash"}');
    expect(found).toEqual({ kind: 'found', values: new Map([['model', 'gemini-3.8-flash']]) });
  });

  it('reads a name that is spelled with escapes', () => {
    expect(scan('{"mod\\u0065l":"x"}')).toEqual({ kind: 'found', values: new Map([['model', 'x']]) });
  });

  it('reports a field that stands twice, however it is spelled', () => {
    expect(scan('{"model":"a","mod\\u0065l":"b"}')).toEqual({ kind: 'duplicate', field: 'model' });
    expect(scan('{"model":1,"model":"b"}')).toEqual({ kind: 'duplicate', field: 'model' });
  });

  it('passes over values that are no strings', () => {
    expect(scan('{"model":{"a":1}}')).toEqual({ kind: 'found', values: new Map() });
  });

  it('accepts a byte order mark, spaces and an empty object', () => {
    expect(scan('\ufeff {\n "model" :\t"x" }\n')).toEqual({ kind: 'found', values: new Map([['model', 'x']]) });
    expect(scan('{}')).toEqual({ kind: 'found', values: new Map() });
  });

  it.each(['', '[]', '"model"', '{', '{"model"', '{"model":', '{"model":"x"', '{"a":[1,2}', '{"a" "b"}', '\\'])(
    'sees that %j is no object',
    (text) => {
      expect(scan(text)).toEqual({ kind: 'not_an_object' });
    },
  );

  it('ends on any garbage', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const alphabet = '{}[]",:\\ model1e\u00e9';
    for (let round = 0; round < 2_000; round += 1) {
      const text = Array.from({ length: 40 }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
      expect(['found', 'duplicate', 'not_an_object']).toContain(scan(`{${text}`).kind);
    }
  });
});
