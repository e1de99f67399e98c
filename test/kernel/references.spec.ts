import { describe, expect, it } from '@jest/globals';
import { edited } from '../../src/kernel/gemini/json-edits.js';
import { type Reference, referencesIn, tokenResource } from '../../src/kernel/gemini/references.js';

const GOOGLE = 'https://generativelanguage.googleapis.com';
const PROXY = 'https://ai.example.com/gemini';
const ADDRESSES = { upstream: GOOGLE, proxy: PROXY };

const referencesOf = (body: unknown): readonly Reference[] => {
  const found = referencesIn(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), ADDRESSES);
  if (typeof found === 'string') throw new Error(found);
  return found;
};
/** Names, with a question mark where a name counts only if it is known. */
const names = (body: unknown): string[] =>
  referencesOf(body).map(({ resource, isCertain }) => `${resource.name}${isCertain ? '' : '?'}`);
const part = (fileData: unknown): unknown => ({
  contents: [{ role: 'user', parts: [{ text: 'what is this' }, fileData] }],
});
const FILE = `${GOOGLE}/v1beta/files/abc`;

describe('referencesIn', () => {
  it.each<[string, unknown, string[]]>([
    ['a file part', part({ fileData: { mimeType: 'text/plain', fileUri: FILE } }), ['files/abc']],
    ['the same in snake_case', part({ file_data: { mime_type: 'text/plain', file_uri: FILE } }), ['files/abc']],
    [
      'a file in a function response',
      part({ functionResponse: { response: {}, parts: [{ fileData: { fileUri: FILE } }] } }),
      ['files/abc'],
    ],
    ['system instructions', { systemInstruction: { parts: [{ fileData: { fileUri: FILE } }] } }, ['files/abc']],
    ['a cache', { cachedContent: 'cachedContents/c' }, ['cachedContents/c']],
    ['a cache without its collection', { cached_content: 'c' }, ['cachedContents/c']],
    [
      'a cache in the OpenAI form',
      { extra_body: { google: { cached_content: 'cachedContents/c' } } },
      ['cachedContents/c'],
    ],
    [
      'stores',
      { tools: [{ fileSearch: { fileSearchStoreNames: ['fileSearchStores/s', 't'] } }] },
      ['fileSearchStores/s', 'fileSearchStores/t'],
    ],
    [
      'stores of an interaction',
      { tools: [{ type: 'file_search', file_search_store_names: ['fileSearchStores/s'] }] },
      ['fileSearchStores/s'],
    ],
    ['a batch over a file', { batch: { inputConfig: { fileName: 'files/abc' } } }, ['files/abc']],
    ['a batch over a file without its collection', { batch: { input_config: { file_name: 'abc' } } }, ['files/abc']],
    [
      'requests of a batch',
      { batch: { inputConfig: { requests: { requests: [{ request: part({ fileData: { fileUri: FILE } }) }] } } } },
      ['files/abc'],
    ],
    ['an import into a store', { fileName: 'files/abc' }, ['files/abc']],
    ['a tuned model to go on from', { tunedModelSource: { tunedModel: 'tunedModels/t' } }, ['tunedModels/t']],
    ['a file of the OpenAI form', { file: { file_id: 'abc' } }, ['files/abc']],
    ['a name with more behind it than anybody reads', { fileUri: `${FILE}?${'x'.repeat(300_000)}` }, ['files/abc']],
    [
      'a video to go on with',
      { instances: [{ prompt: 'more', video: { uri: `${FILE}:download?alt=media` } }] },
      ['files/abc'],
    ],
    ['a batch of the OpenAI routes', { input_file_id: 'files/abc', endpoint: '/v1/chat/completions' }, ['files/abc']],
    [
      'a file of the OpenAI routes',
      { messages: [{ content: [{ type: 'file', file: { file_id: 'files/abc' } }] }] },
      ['files/abc'],
    ],
    [
      'an image of the OpenAI routes',
      { messages: [{ content: [{ type: 'image_url', image_url: { url: FILE } }] }] },
      ['files/abc'],
    ],
    ['content of an interaction', { input: [{ type: 'document', uri: FILE }] }, ['files/abc']],
    [
      'steps of an interaction',
      { input: [{ type: 'user_input', content: [{ type: 'image', uri: FILE }] }] },
      ['files/abc'],
    ],
    ['the interaction before', { previous_interaction_id: 'v1_abc' }, ['interactions/v1_abc']],
    ['a tuned model', { model: 'tunedModels/mine' }, ['tunedModels/mine']],
    ['an environment', { environment: 'env-1' }, ['environments/env-1?']],
    [
      'an environment with its settings',
      { environment: { environment_id: 'environments/env-1' } },
      ['environments/env-1?'],
    ],
    [
      'a file that may be ours',
      { input: [{ type: 'image', uri: 'http://10.0.0.1:8080/v1beta/files/abc' }] },
      ['files/abc?'],
    ],
  ])('finds %s', (_what, body, expected) => {
    expect(names(body)).toEqual(expected);
  });

  it('knows tokens by their hash alone', () => {
    const expected = [tokenResource('a token=').name];
    expect(names({ continuationToken: 'a token=' })).toEqual(expected);
    expect(names('{"continuation_token":"a token\\u003d"}')).toEqual(expected);
    expect(names({ setup: { sessionResumption: { handle: 'a token=' } } })).toEqual(expected);
    expect(expected[0]).toMatch(/^tokens\/[0-9a-f]{64}$/);
  });

  it.each<[string, unknown]>([
    ['text', part({ text: 'files/abc' })],
    ['text that quotes a field', part({ text: `{"fileUri":"${FILE}"}` })],
    ['arguments of a function', part({ functionCall: { name: 'f', args: { uri: FILE, fileName: 'files/abc' } } })],
    ['the result of a function', part({ functionResponse: { name: 'f', response: { fileName: 'files/abc' } } })],
    [
      'schemas',
      {
        tools: [
          { functionDeclarations: [{ parameters: { properties: { uri: { type: 'string' } }, required: ['uri'] } }] },
        ],
      },
    ],
    ['an example of a schema', { responseSchema: { type: 'object', example: { uri: FILE } } }],
    ['labels', { metadata: { fileName: 'files/abc' } }],
    ['a bucket', part({ fileData: { fileUri: 'gs://bucket/files/abc' } })],
    ['a video on the web', part({ fileData: { fileUri: 'https://www.youtube.com/watch?v=abc' } })],
    ['any other address', part({ fileData: { fileUri: 'https://example.com/files/abc.pdf' } })],
    [
      'an inline image',
      { messages: [{ content: [{ image_url: { url: `data:image/png;base64,${'files/'.repeat(9)}` } }] }] },
    ],
    ['a model', { model: 'models/gemini-3.8-flash' }],
    ['the name of a local file', { input: [{ type: 'function_result', result: { file_name: 'report.txt' } }] }],
    ['a handle of something else', { handle: 'mine' }],
    ['an empty handle', { setup: { sessionResumption: { handle: '' } } }],
    ['an environment of a tool', { tools: [{ computerUse: { environment: 'ENVIRONMENT_BROWSER' } }] }],
  ])('sees none in %s', (_what, body) => {
    expect(names(body)).toEqual([]);
  });

  it.each([
    ['a second field of the same name', `{"fileUri":"https://example.com/a","fileUri":"${FILE}"}`],
    ['an escaped name', `{"file\\u0055ri":"${FILE}"}`],
    ['escaped slashes', `{"fileUri":"${FILE.replaceAll('/', '\\/')}"}`],
    ['an escaped value', `{"fileUri":"${FILE.replace('files', '\\u0066iles')}"}`],
    ['apostrophes', `{'fileUri':'${FILE}'}`],
    ['a bare name', `{fileUri:"${FILE}"}`],
    ['another version', '{"fileUri":"https://generativelanguage.googleapis.com/v1/files/abc"}'],
    ['the mTLS host', '{"fileUri":"https://generativelanguage.mtls.googleapis.com/v1beta/files/abc"}'],
    ['capitals in the host', '{"fileUri":"HTTPS://GenerativeLanguage.GoogleAPIs.com/v1beta/files/abc"}'],
    ['a dot behind the host', '{"fileUri":"https://generativelanguage.googleapis.com./v1beta/files/abc"}'],
    ['a port', '{"fileUri":"https://generativelanguage.googleapis.com:443/v1beta/files/abc"}'],
    ['a user', '{"fileUri":"https://x@generativelanguage.googleapis.com/v1beta/files/abc"}'],
    ['dots in the path', '{"fileUri":"https://generativelanguage.googleapis.com/v1beta/x/../files/abc"}'],
    ['an encoded path', '{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files%2Fab%63"}'],
    ['the name alone', '{"fileUri":"files/abc"}'],
    ['a path alone', '{"fileUri":"/v1beta/files/abc:download"}'],
    ['an address without its scheme', '{"fileUri":"generativelanguage.googleapis.com/v1beta/files/abc"}'],
    ['spaces around it', '{"fileUri":"  files/abc "}'],
    ['a fragment', `{"fileUri":"${FILE}#x"}`],
    ['a slash at the end', `{"fileUri":"${FILE}/"}`],
    ['a slash behind the name', '{"fileUri":"files/abc/"}'],
  ])('is not evaded by %s', (_what, text) => {
    expect(names(text)).toEqual(['files/abc']);
  });

  it("takes an address of Google that it does not understand for somebody's", () => {
    expect(names({ fileUri: `${GOOGLE}/v1beta/somethings/abc` })).toEqual(['v1beta/somethings/abc']);
  });

  it('says when the body is too deep to be seen whole', () => {
    expect(referencesIn(Buffer.from('['.repeat(1000)), ADDRESSES)).toBe('too_deep');
  });

  it('says when there is more than can be read without holding up others', () => {
    const some = (count: number): Buffer =>
      Buffer.from(JSON.stringify(Array(count).fill({ url: 'https://a.example' })));
    expect(referencesIn(some(131_072), ADDRESSES)).toEqual([]);
    expect(referencesIn(some(131_073), ADDRESSES)).toBe('too_many');
  });

  it('notes the URIs that upstream must be told in another form', () => {
    const [ours] = referencesOf({ fileUri: `${PROXY}/v1beta/files/abc` });
    const [perhapsOurs] = referencesOf({ fileUri: 'http://proxy.internal/v1beta/files/abc' });
    const [googles] = referencesOf({ fileUri: FILE });
    expect([ours?.uri?.at, perhapsOurs?.uri?.at, googles?.uri]).toEqual(['proxy', 'elsewhere', undefined]);
  });

  it('lets single strings be replaced, and leaves every other byte', () => {
    const json = Buffer.from(`{ "a" : "é", "fileUri":"${PROXY}\\/v1beta/files/abc" , 'uri':'${PROXY}/v1/files/x'}`);
    const found = referencesIn(json, ADDRESSES);
    if (typeof found === 'string') throw new Error(found);
    const edits = found.map(({ start, end, resource }) => ({ start, end, value: `"${resource.name}"` }));
    expect(edited(json, edits).toString()).toBe(`{ "a" : "é", "fileUri":"\\"files/abc\\"" , 'uri':"\\"files/x\\""}`);
    expect(edited(json, [])).toBe(json);
  });
});
