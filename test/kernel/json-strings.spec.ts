import { describe, expect, it } from '@jest/globals';
import { FieldNames } from '../../src/kernel/gemini/field-names.js';
import { JsonStrings } from '../../src/kernel/gemini/json-strings.js';

const WANTED = new FieldNames(['uri', 'names', 'fileUri']);
const OPAQUE = new FieldNames(['args']);

interface Seen {
  readonly path: string;
  readonly parent: string;
  readonly text: string;
}

/** The wanted strings of a text, and what it spells between their places. */
const seen = (text: string): Seen[] => {
  const strings = new JsonStrings(Buffer.from(text), OPAQUE);
  const found: Seen[] = [];
  while (strings.next()) {
    if (strings.isUnder(WANTED)) found.push({ path: strings.path, parent: strings.parent, text: strings.text });
  }
  return found;
};
const texts = (text: string): string[] => seen(text).map((found) => found.text);

describe('JsonStrings', () => {
  it('tells the strings of the wanted names, with the way to them', () => {
    expect(seen('{"a":[{"b":{"uri":"x","text":"y"}}],"names":["m",["n"]],"uri":1}')).toEqual([
      { path: 'a.b.uri', parent: 'b', text: 'x' },
      { path: 'names', parent: '', text: 'm' },
      { path: 'names', parent: '', text: 'n' },
    ]);
  });

  it('tells each of a name that stands twice', () => {
    expect(texts('{"uri":"a","uri":"b"}')).toEqual(['a', 'b']);
  });

  it('knows where the string stands', () => {
    const json = Buffer.from('{"é":"é", "uri" : "a\\"b"}');
    const strings = new JsonStrings(json, OPAQUE);
    const places: string[] = [];
    while (strings.next()) places.push(json.toString('utf8', strings.start, strings.end));
    expect(places).toEqual(['"é"', '"a\\"b"']);
  });

  it.each([
    ['an escaped name', '{"\\u0075ri":"x"}'],
    ['a needless escape, which Google drops', '{"ur\\i":"x"}'],
    ['a name all in escapes', `{"${'fileUri'.replace(/./g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)}":"x"}`],
    ['apostrophes, which Google reads', "{'uri':'x'}"],
    ['a name without quotes, which Google reads', '{uri:"x"}'],
    ['spaces of all sorts', '{ "uri"\n\t :\r\n "x" }'],
    ['a comma at the end', '{"a":[1,2,],"uri":"x",}'],
    ['a byte order mark', '\ufeff{"uri":"x"}'],
    ['escapes in the value', '{"uri":"\\u0078"}'],
    ['quotes inside other quotes', `{'a':'"uri"','uri':"x"}`],
    ['text that ends in a backslash', '{"a":"\\\\","uri":"x"}'],
    ['long text that ends in backslashes', `{"a":"${'y'.repeat(40)}\\\\\\\\","uri":"x"}`],
    ['long text full of quotes', `{"a":"${'\\"uri\\":'.repeat(40)}","uri":"x"}`],
    ['numbers and literals', '{"a":-1.5e+3,"b":true,"c":null,"uri":"x"}'],
    ['a broken beginning', '}{"uri":"x"}'],
    ['a missing comma', '{"a":"b" "uri":"x"}'],
  ])('reads over %s', (_what, text) => {
    expect(texts(text)).toEqual(['x']);
  });

  it('never takes text for a field', () => {
    expect(seen(`{"text":"\\"uri\\":\\"x\\"","a":"uri","b":["uri","x"],"uris":"x","Uri":"x"}`)).toEqual([]);
  });

  it('passes over what stands under an opaque name, however deep, and goes on behind it', () => {
    const opaque = `{"uri":"a","b":[{"uri":"b"},'}"'],"args":{"uri":"c"}}`;
    expect(texts(`{"args":${opaque},"uri":"x"}`)).toEqual(['x']);
    expect(texts(`{"c":[{"args":[${opaque}]},{"\\u0061rgs":"y","uri":"x"}]}`)).toEqual(['x']);
  });

  it('says when it did not see all of it', () => {
    const strings = new JsonStrings(Buffer.from(`${'['.repeat(300)}{"uri":"x"}`), OPAQUE);
    expect([strings.next(), strings.tooDeep]).toEqual([false, true]);
  });

  it('ends on any garbage', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const alphabet = `{}[]",:\\' uri1e\u00e9`;
    for (let round = 0; round < 2_000; round += 1) {
      const text = Array.from({ length: 60 }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
      expect(seen(text).length).toBeLessThan(60);
    }
  });

  it('sees in sound JSON what parsing sees', () => {
    let seed = 11;
    const random = (below: number): number => (seed = (seed * 16807) % 2147483647) % below;
    const words = ['uri', 'names', 'a', '\\', '"', '\u2028', 'é', '}', ' ', 'x'.repeat(40), '\n'];
    const word = (): string => Array.from({ length: 1 + random(3) }, () => words[random(words.length)]).join('');
    const value = (depth: number): unknown => {
      const kind = depth > 4 ? 0 : random(4);
      if (kind === 0) return word();
      if (kind === 1) return [random(9), null, true][random(3)];
      if (kind === 2) return Array.from({ length: random(4) }, () => value(depth + 1));
      return Object.fromEntries(Array.from({ length: random(5) }, () => [words[random(4)], value(depth + 1)]));
    };
    const expected = (parsed: unknown, name: string): string[] => {
      if (typeof parsed === 'string') return name === 'uri' || name === 'names' ? [parsed] : [];
      if (Array.isArray(parsed)) return parsed.flatMap((item) => expected(item, name));
      if (typeof parsed !== 'object' || parsed === null) return [];
      return Object.entries(parsed).flatMap(([key, item]) => expected(item, key));
    };
    for (let round = 0; round < 500; round += 1) {
      const parsed = { top: value(0) };
      expect(texts(JSON.stringify(parsed, null, random(3)))).toEqual(expected(parsed, ''));
    }
  });
});
