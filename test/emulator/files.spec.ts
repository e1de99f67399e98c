import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Emulator } from '../../src/emulator/emulator.js';
import { ManualClock } from '../support/manual-clock.js';
import { KEY, ask, post } from './raw-client.js';
import type { RawAnswer, RawRequest } from './raw-client.js';

const GENERATE = '/v1beta/models/gemini-3.8-flash:generateContent';
const CHUNK = 8 * 1024 * 1024;
const OWNER = { 'x-goog-api-key': KEY };
const STRANGER = { 'x-goog-api-key': 'stranger' };

interface FileJson {
  name: string;
  uri: string;
  [field: string]: unknown;
}

let emulator: Emulator;
const clock = new ManualClock(Date.parse('2026-11-23T18:00:00Z'));
const call = (path: string, options?: RawRequest): Promise<RawAnswer> => ask(emulator.url, path, options);
beforeEach(async () => {
  emulator = await Emulator.start({ clock });
});
afterEach(() => emulator.stop());

/** Starts a resumable upload; returns the session's path on the emulator. */
async function startUpload(
  file: object,
  headers: Record<string, string> = {},
  path = '/upload/v1beta/files',
): Promise<string> {
  const start = await call(path, {
    method: 'POST',
    headers: {
      ...OWNER,
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-type': 'text/plain',
      ...headers,
    },
    body: JSON.stringify({ file }),
  });
  expect(start).toMatchObject({ status: 200, text: '' });
  expect(start.headers).toMatchObject({
    'x-goog-upload-status': 'active',
    'x-goog-upload-chunk-granularity': String(CHUNK),
  });
  const url = String(start.headers['x-goog-upload-url']);
  expect(url).toMatch(new RegExp(`^${emulator.url}${path}\\?upload_id=[\\w-]{40,}&upload_protocol=resumable$`));
  return url.slice(emulator.url.length);
}

const chunk = (
  session: string,
  command: string,
  offset: number,
  body: Buffer | string = '',
  headers = {},
): Promise<RawAnswer> =>
  call(session, {
    method: 'POST',
    headers: { 'x-goog-upload-command': command, 'x-goog-upload-offset': String(offset), ...headers },
    body,
  });

async function uploadText(text: string, file: object = {}): Promise<FileJson> {
  const session = await startUpload(file);
  return ((await chunk(session, 'upload, finalize', 0, text)).json() as { file: FileJson }).file;
}

describe('resumable upload', () => {
  it('takes chunks without a key, and ends in a file of the project that started', async () => {
    const session = await startUpload(
      { displayName: 'Two chunks' },
      { 'x-goog-upload-header-content-length': String(CHUNK + 3) },
    );
    const first = await chunk(session, 'upload', 0, Buffer.alloc(CHUNK, 'a'));
    expect(first).toMatchObject({ status: 200, text: '', headers: { 'x-goog-upload-status': 'active' } });
    const last = await chunk(session, 'upload, finalize', CHUNK, 'end');
    expect(last.headers['x-goog-upload-status']).toBe('final');
    const { file } = last.json() as { file: FileJson };
    const sha256 = createHash('sha256')
      .update(`${'a'.repeat(CHUNK)}end`)
      .digest('hex');
    expect(file).toMatchObject({
      displayName: 'Two chunks',
      mimeType: 'text/plain',
      sizeBytes: String(CHUNK + 3),
      state: 'ACTIVE',
      source: 'UPLOADED',
      sha256Hash: Buffer.from(sha256).toString('base64'),
      uri: `${emulator.url}/v1beta/${file.name}`,
    });
    expect((await call(`/v1beta/${file.name}`)).json()).toEqual(file);
  });

  it('ends with an empty last chunk, and says the result again when that is repeated', async () => {
    const session = await startUpload({});
    await chunk(session, 'upload', 0, Buffer.alloc(CHUNK));
    const last = await chunk(session, 'upload, finalize', CHUNK);
    const again = await chunk(session, 'upload, finalize', CHUNK);
    expect(last.headers['x-goog-upload-status']).toBe('final');
    expect(again.json()).toEqual(last.json());
  });

  it('says on query how much has come, also after a chunk whose answer was lost', async () => {
    const session = await startUpload({});
    emulator.script({ path: 'upload_id', nth: 1 }, { kind: 'reset', at: 'headers' });
    await expect(chunk(session, 'upload', 0, Buffer.alloc(CHUNK))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await chunk(session, 'query', 0)).headers).toMatchObject({
      'x-goog-upload-status': 'active',
      'x-goog-upload-size-received': String(CHUNK),
    });
  });

  it('takes nothing more once it is cancelled', async () => {
    const session = await startUpload({});
    expect((await chunk(session, 'cancel', 0)).headers['x-goog-upload-status']).toBe('cancelled');
    expect((await chunk(session, 'upload, finalize', 0, 'x')).status).toBe(400);
  });

  it.each([
    ['a wrong offset', 'upload, finalize', 5, 'x', {}, 400],
    ['a chunk of odd size that is not the last', 'upload', 0, 'x', {}, 400],
    ["another project's key", 'upload, finalize', 0, 'x', STRANGER, 404],
    ['an unknown command', 'fly', 0, 'x', {}, 400],
  ])('refuses %s in plain text', async (_what, command, offset, body, headers, status) => {
    const answer = await chunk(await startUpload({}), command, offset, body, headers);
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'text/plain; charset=utf-8']);
  });

  it('refuses a size that differs from the announced one', async () => {
    const session = await startUpload({}, { 'x-goog-upload-header-content-length': '9' });
    expect((await chunk(session, 'upload, finalize', 0, 'x')).status).toBe(400);
  });

  it('refuses an unknown session, and a start without a key', async () => {
    expect((await chunk('/upload/v1beta/files?upload_id=guess', 'query', 0)).status).toBe(404);
    const start = await call('/upload/v1beta/files', {
      method: 'POST',
      headers: { 'x-goog-upload-protocol': 'resumable', 'x-goog-upload-command': 'start' },
    });
    expect(start.status).toBe(403);
  });

  it('takes a name of the caller, once', async () => {
    expect((await uploadText('x', { name: 'files/my-file' })).name).toBe('files/my-file');
    const session = await startUpload({ name: 'my-file' });
    expect((await chunk(session, 'upload, finalize', 0, 'y')).status).toBe(409);
  });
});

describe('uploads in one request', () => {
  it('takes multipart/related', async () => {
    const part = (type: string, content: string): string => `--B\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
    const body = `${part('application/json', '{"file":{"displayName":"Both"}}')}${part('text/csv', 'a,b\r\n1,2')}--B--\r\n`;
    const headers = {
      ...OWNER,
      'x-goog-upload-protocol': 'multipart',
      'content-type': 'multipart/related; boundary=B',
    };
    const answer = await call('/upload/v1beta/files', { method: 'POST', headers, body });
    const { file } = answer.json() as { file: FileJson };
    expect(file).toMatchObject({ displayName: 'Both', mimeType: 'text/csv', sizeBytes: '8' });
    expect((await call(`/v1beta/${file.name}:download?alt=media`)).text).toBe('a,b\r\n1,2');
  });

  it.each([
    ['raw', { 'x-goog-upload-protocol': 'raw', 'content-type': 'text/plain', 'x-goog-upload-file-name': 'n.txt' }],
    [
      'start, upload, finalize',
      {
        'x-goog-upload-protocol': 'resumable',
        'x-goog-upload-command': 'start, upload, finalize',
        'x-goog-upload-header-content-type': 'text/plain',
        'x-goog-upload-file-name': 'n.txt',
      },
    ],
  ])('takes %s', async (_what, headers) => {
    const answer = await call('/upload/v1/files', { method: 'POST', headers: { ...OWNER, ...headers }, body: 'hello' });
    expect(answer.headers['x-goog-upload-status']).toBe('final');
    expect(answer.json()).toMatchObject({ file: { displayName: 'n.txt', mimeType: 'text/plain', sizeBytes: '5' } });
  });
});

describe('files', () => {
  it('are listed newest first, page by page, for their project alone', async () => {
    const first = await uploadText('one');
    const second = await uploadText('two');
    const page = (await call('/v1beta/files?pageSize=1')).json() as { files: FileJson[]; nextPageToken: string };
    expect(page.files.map(({ name }) => name)).toEqual([second.name]);
    const rest = (await call(`/v1beta/files?pageSize=1&pageToken=${page.nextPageToken}`)).json();
    expect(rest).toMatchObject({ files: [{ name: first.name }] });
    expect((await call('/v1beta/files', { headers: STRANGER })).json()).toEqual({});
  });

  it('refuse strangers in the words of the service, for every use', async () => {
    const { name, uri } = await uploadText('secret');
    const id = name.slice('files/'.length);
    const use = { contents: [{ parts: [{ file_data: { file_uri: uri, mime_type: 'text/plain' } }] }] };
    const answers = [
      await call(`/v1beta/${name}`, { headers: STRANGER }),
      await call(`/v1beta/${name}`, { method: 'DELETE', headers: STRANGER }),
      await call(`/v1beta/${name}:download?alt=media`, { headers: STRANGER }),
      await post(emulator.url, GENERATE, use, STRANGER),
    ];
    const message = `You do not have permission to access the File ${id} or it may not exist.`;
    for (const answer of answers) {
      expect(answer.json()).toMatchObject({ error: { code: 403, status: 'PERMISSION_DENIED', message } });
    }
    expect((await post(emulator.url, GENERATE, use)).status).toBe(200);
  });

  it('may have the same name in two projects', async () => {
    await uploadText('mine', { name: 'shared-name' });
    const headers = {
      ...STRANGER,
      'x-goog-upload-protocol': 'multipart',
      'content-type': 'multipart/related; boundary=B',
    };
    const body =
      '--B\r\nContent-Type: application/json\r\n\r\n{"file":{"name":"shared-name"}}\r\n--B\r\nContent-Type: text/plain\r\n\r\ntheirs\r\n--B--';
    expect((await call('/upload/v1beta/files', { method: 'POST', headers, body })).status).toBe(200);
    expect((await call('/v1beta/files/shared-name:download?alt=media', { headers: STRANGER })).text).toBe('theirs');
    expect((await call('/v1beta/files/shared-name:download?alt=media')).text).toBe('mine');
  });

  it('go after 48 hours, and when they are deleted', async () => {
    const [old, gone] = [await uploadText('old'), await uploadText('gone')];
    expect((await call(`/v1beta/${gone.name}`, { method: 'DELETE' })).json()).toEqual({});
    expect((await call(`/v1beta/${gone.name}`)).status).toBe(403);
    clock.advance(48 * 3_600_000);
    expect((await call(`/v1beta/${old.name}`)).status).toBe(403);
    expect((await call('/v1beta/files')).json()).toEqual({});
  });

  it('are found by URI, by name, and not by an address that only the caller can reach', async () => {
    const { uri, name } = await uploadText('x');
    const ask = async (fileUri: string): Promise<number> =>
      (await post(emulator.url, GENERATE, { contents: [{ parts: [{ fileData: { fileUri } }] }] })).status;
    const google = uri.replace(emulator.url, 'https://generativelanguage.googleapis.com');
    const uris = [uri, google, name, 'https://example.com/a.pdf', 'http://proxy.local/v1beta/files/x', 'gs://b/o'];
    const statuses = [];
    for (const each of uris) statuses.push(await ask(each));
    expect(statuses).toEqual([200, 200, 200, 200, 400, 400]);
  });

  it('are downloaded on every path that the service has for it', async () => {
    const { name } = await uploadText('content');
    const paths = [
      `/v1beta/${name}:download?alt=media`,
      `/download/v1beta/${name}:download?alt=media`,
      `/v1beta/${name}?alt=media`,
    ];
    for (const path of paths) {
      expect(await call(path)).toMatchObject({
        status: 200,
        text: 'content',
        headers: { 'content-type': 'text/plain' },
      });
    }
  });

  it('are downloaded by redirect to a path that needs no key, when the scenario wants it', async () => {
    await emulator.stop();
    emulator = await Emulator.start({ clock, scenario: { redirect_downloads: true } });
    const { name } = await uploadText('content');
    const redirect = await call(`/v1beta/${name}:download?alt=media`);
    expect(redirect.status).toBe(302);
    const location = String(redirect.headers.location);
    expect(location.startsWith(`${emulator.url}/download/`)).toBe(true);
    expect((await call('/download/v1beta/media/guess', { headers: {} })).status).toBe(404);
    expect((await call(location.slice(emulator.url.length), { headers: {} })).text).toBe('content');
  });

  it('can be made of metadata alone', async () => {
    expect((await post(emulator.url, '/v1beta/files', { file: { displayName: 'Empty' } })).json()).toMatchObject({
      file: { displayName: 'Empty', sizeBytes: '0' },
    });
  });
});
