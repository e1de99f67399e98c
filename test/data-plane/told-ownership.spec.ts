import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExchangeEntry } from '../../src/proxy/exchange-entry.js';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { json, NOT_FOUND, OK, outcomeOf, Tenant } from './ownership.fixtures.js';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly key: string;
  readonly body: string;
}

type Handler = (request: Seen, response: ServerResponse) => void;

const EVENTS = { 'content-type': 'text/event-stream' };
const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' };
const STREAM = `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`;

/** What answers tell that the emulator does not say: recorded shapes of wire facts A.2 and A.4. */
describe('what answers tell', () => {
  let upstream: Server;
  let proxy: ProxyHarness;
  let alice: Tenant;
  let bob: Tenant;
  let seen: Seen[] = [];
  let handler: Handler;

  beforeAll(async () => {
    upstream = createServer((request, response) => void serve(request, response));
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const { port } = upstream.address() as AddressInfo;
    proxy = await ProxyHarness.start({ keys: ['a', 'b'], baseUrl: `http://127.0.0.1:${port}` });
    [alice, bob] = [await Tenant.of(proxy, 'alice'), await Tenant.of(proxy, 'bob')];
    handler = answer({});
    for (const tenant of [alice, bob]) await outcomeOf(tenant.generate([]));
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(async () => {
    await proxy.stop();
    upstream.closeAllConnections();
    upstream.close();
  });

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { headers, method = '', url = '' } = request;
    const key = String(headers['x-goog-api-key'] ?? headers.authorization);
    const call = { method, path: url, key, body };
    seen.push(call);
    handler(call, response);
  };
  const answer =
    (body: unknown): Handler =>
    (_request, response) => {
      response.writeHead(200, JSON_TYPE).end(typeof body === 'string' ? body : JSON.stringify(body));
    };
  const rowsOf = async (pattern: string): Promise<number> => {
    const rows = await proxy.database.dataSource.query<unknown[]>(
      'SELECT 1 FROM resource_owner WHERE resource LIKE $1',
      [pattern],
    );
    return rows.length;
  };
  /** Runs while no row can be written; `isWaiting` resolves when one waits for that. */
  const whileRowsWait = async (run: (isWaiting: () => Promise<void>) => Promise<void>): Promise<void> => {
    const lock = proxy.database.dataSource.createQueryRunner();
    await lock.startTransaction();
    await lock.query('LOCK TABLE resource_owner IN SHARE ROW EXCLUSIVE MODE');
    const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'resource_owner'::regclass`;
    try {
      await run(async () => {
        while (((await lock.query(waiting)) as unknown[]).length === 0) await new Promise(setImmediate);
      });
    } finally {
      await lock.rollbackTransaction();
      await lock.release();
    }
  };
  const goOn = (tenant: Tenant, continuationToken: string): Promise<Response> =>
    tenant.generate([], { continuationToken });

  it('binds a continuation token to its project and its client', async () => {
    handler = answer({ candidates: [{ finishReason: 'CONTINUATION', continuationToken: 'dG9rZW4=' }] });
    await outcomeOf(alice.generate([]));
    for (let round = 0; round < 4; round += 1) expect(await outcomeOf(goOn(alice, 'dG9rZW4='))).toBe(OK);
    expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
    expect(await outcomeOf(goOn(bob, 'dG9rZW4='))).toBe(NOT_FOUND);
    expect(await outcomeOf(goOn(alice, 'never given'))).toBe(NOT_FOUND);
    expect(seen).toHaveLength(5);
  });

  it('holds a token of a stream until it is noted, wherever the stream is cut, and alters nothing', async () => {
    const event = (text: string, more = ''): string =>
      `data: {"candidates":[{"content":{"parts":[{"text":"${text}"}]}${more}}]}\r\n\r\n`;
    const before = await rowsOf('tokens/%');
    for (const cut of [10, 90, 105, 120]) {
      const token = `stream-${cut}`;
      const whole = event('one') + event('two', `,"continuationToken": "${token}"`) + event('three');
      handler = (_request, response) => {
        response.writeHead(200, EVENTS);
        response.write(whole.slice(0, cut), () => setImmediate(() => response.end(whole.slice(cut))));
      };
      const response = await alice.post(STREAM, { contents: [] });
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk as Uint8Array).toString();
        if (text.includes(token)) expect(await rowsOf('tokens/%')).toBe(before + [10, 90, 105, 120].indexOf(cut) + 1);
      }
      expect(text).toBe(whole);
      expect(await outcomeOf(goOn(bob, token))).toBe(NOT_FOUND);
    }
  });

  it('notes each token of a stream, as far as its parts come apart', async () => {
    handler = (_request, response) => {
      response.writeHead(200, EVENTS);
      const send = (index: number): void => {
        if (index === 3) response.end();
        else response.write(`data: {"continuation_token":"part-${index}"}\n\n`, () => setImmediate(send, index + 1));
      };
      response.write('data: {"interaction":{"id":"v1_parts"}}\n\n', () => setImmediate(send, 0));
    };
    await outcomeOf(alice.post('/v1beta/interactions', { model: MODEL, input: 'x', stream: true }));
    handler = answer({ id: 'v1_next' });
    const last = { model: MODEL, continuation_token: 'part-2', previous_interaction_id: 'v1_parts' };
    expect(await outcomeOf(bob.post('/v1beta/interactions', last))).toBe(NOT_FOUND);
    expect(await outcomeOf(alice.post('/v1beta/interactions', last))).toBe(OK);
  });

  it('breaks a stream off where upstream does, also while a token is held', async () => {
    handler = (_request, response) => {
      response.writeHead(200, EVENTS);
      response.write('data: {"continuationToken":"cut"}\r\n\r\n', () => response.destroy());
    };
    const response = await alice.post(STREAM, { contents: [] });
    expect(await response.text().catch(() => 'cut')).toMatch(
      /^(cut|data: \{"continuationToken":"cut"\}\r\n\r\n\{"error")/,
    );
  });

  it('shows nothing of a new interaction before it is known whose it is', async () => {
    const created =
      'event: interaction.created\ndata: {"event_type":"interaction.created","interaction":{"id":"v1_held"}}\n\n';
    handler = (_request, response) => {
      response.writeHead(200, EVENTS).end(`${created}data: [DONE]\n\n`);
    };
    let hasBegun = false;
    let call = Promise.resolve(new Response());
    await whileRowsWait(async (isWaiting) => {
      call = alice.post('/v1beta/interactions', { model: MODEL, input: 'x', stream: true }).finally(() => {
        hasBegun = true;
      });
      await isWaiting();
      expect(hasBegun).toBe(false);
    });
    expect(await (await call).text()).toBe(`${created}data: [DONE]\n\n`);
    expect(await rowsOf('interactions/v1_held')).toBe(1);
  });

  it('is noted also for a caller that has left, whom nobody answers any more', async () => {
    handler = answer({ name: 'cachedContents/left' });
    const leaving = new AbortController();
    await whileRowsWait(async (isWaiting) => {
      const call = alice.fetch('/v1beta/cachedContents', { method: 'POST', body: '{}', signal: leaving.signal });
      await isWaiting();
      leaving.abort();
      await expect(call).rejects.toThrow();
    });
    expect(await outcomeOf(alice.fetch('/v1beta/cachedContents/left'))).toBe(OK);
    expect((await proxy.auditedCalls()).at(-2)?.details).toMatchObject({ ended: 'aborted', fault: 'caller_gone' });
  });

  it('is not relayed to a call that was ended meanwhile, and upstream is let go', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    handler = (_request, response) => {
      closed = once(response, 'close');
      response.writeHead(200, EVENTS).write('data: {"interaction":{"id":"v1_late"}}\n\n');
    };
    await whileRowsWait(async (isWaiting) => {
      const call = alice.post('/v1beta/interactions', { model: MODEL, input: 'x', stream: true });
      await isWaiting();
      await proxy.application.get(ExchangeEntry).cutAll(1_000);
      expect(await outcomeOf(call)).toBe('503 draining');
    });
    await closed;
  });

  it('notes an interaction whose answer is too large to be held, and relays it unaltered', async () => {
    const large = JSON.stringify({ id: 'v1_large', steps: [{ content: [{ data: 'QUJD'.repeat(500_000) }] }] });
    handler = answer(large);
    const response = await alice.post('/v1beta/interactions', { model: MODEL, input: 'draw' });
    expect(await response.text()).toBe(large);
    expect(await outcomeOf(bob.fetch('/v1beta/interactions/v1_large'))).toBe(NOT_FOUND);
    handler = answer({ id: 'v1_large' });
    expect(await outcomeOf(alice.fetch('/v1beta/interactions/v1_large'))).toBe(OK);
  });

  it('accounts for an interaction that was read whole', async () => {
    handler = answer({ id: 'v1_account', model: MODEL, usage: { total_input_tokens: 7, total_output_tokens: 5 } });
    await outcomeOf(alice.post('/v1beta/interactions', { model: MODEL, input: 'x' }));
    const calls = await proxy.auditedCalls();
    expect(calls.at(-1)?.details.tokens).toMatchObject({ input: 7, output: 5 });
  });

  it('knows batches and files of the OpenAI routes, which are the native ones', async () => {
    handler = answer({ id: 'batches/b1', object: 'batch', input_file_id: 'files/in' });
    handler = (call, response) => {
      const body =
        call.method === 'POST' ? { id: 'batches/b1' } : { id: 'batches/b1', output_file_id: 'files/batch-b1' };
      response.writeHead(200, JSON_TYPE).end(JSON.stringify(body));
    };
    await outcomeOf(alice.post('/openai/v1/batches', { endpoint: '/v1/chat/completions' }));
    expect(await outcomeOf(alice.fetch('/openai/v1/batches/batches%2Fb1'))).toBe(OK);
    const refused = await bob.fetch('/openai/v1/batches/batches/b1');
    expect(refused.status).toBe(404);
    expect(await json(refused)).toMatchObject({ error: { type: 'not_found_error', code: 'resource_not_found' } });
    expect(await outcomeOf(bob.fetch('/v1beta/batches/b1'))).toBe(NOT_FOUND);
    expect(await outcomeOf(bob.fetch('/openai/v1/files/files/batch-b1/content'))).toBe(NOT_FOUND);
    expect(await outcomeOf(bob.post('/openai/v1/batches', { input_file_id: 'files/batch-b1' }))).toBe(NOT_FOUND);
    for (let round = 0; round < 2; round += 1) {
      expect(await outcomeOf(alice.fetch('/openai/v1/files/files/batch-b1/content'))).toBe(OK);
    }
    expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
  });

  it('gives nobody what a label names that upstream repeats, nor takes it from its owner', async () => {
    handler = answer({ name: 'tunedModels/hers/operations/o', metadata: { tunedModel: 'tunedModels/hers' } });
    expect(await outcomeOf(alice.post('/v1beta/tunedModels?tunedModelId=hers', {}))).toBe(OK);
    const metadata = { tunedModel: 'tunedModels/hers', output: { responsesFile: 'files/nobodys' } };
    handler = answer({ id: 'batches/labelled', object: 'batch', metadata });
    expect(await outcomeOf(bob.post('/openai/v1/batches', { endpoint: '/v1/chat/completions', metadata }))).toBe(OK);
    expect(await outcomeOf(bob.fetch('/openai/v1/batches/batches/labelled'))).toBe(OK);
    expect(await outcomeOf(bob.fetch('/v1beta/tunedModels/hers'))).toBe(NOT_FOUND);
    expect(await outcomeOf(bob.fetch('/v1beta/files/nobodys'))).toBe(NOT_FOUND);
    expect(await outcomeOf(alice.fetch('/v1beta/tunedModels/hers'))).toBe(OK);
  });

  it('takes nothing away that the path of an upload’s session names', async () => {
    handler = answer({ file: { name: 'files/hers' } });
    await outcomeOf(alice.post('/upload/v1beta/files', {}));
    handler = ({ path }, response) => {
      const session = `http://${String(response.req.headers.host)}/upload/v1beta/files?upload_id=x`;
      response.writeHead(200, path.includes('upload_id') ? JSON_TYPE : { 'x-goog-upload-url': session }).end('{}');
    };
    const start = await bob.post('/upload/v1beta/files', {});
    const url = new URL(start.headers.get('x-goog-upload-url') ?? '');
    url.pathname = '/upload/v1beta/files/hers';
    expect(await outcomeOf(fetch(url, { method: 'DELETE' }))).toBe(OK);
    expect(await outcomeOf(alice.fetch('/v1beta/files/hers'))).toBe(OK);
  });

  it('leaves the row of what upstream did not delete', async () => {
    handler = answer({ name: 'cachedContents/kept' });
    await outcomeOf(alice.post('/v1beta/cachedContents', {}));
    handler = (_request, response) => {
      response.writeHead(400, JSON_TYPE).end('{"error":{"code":400}}');
    };
    expect(await outcomeOf(alice.delete('/v1beta/cachedContents/kept'))).toBe('400 upstream');
    expect(await rowsOf('cachedContents/kept')).toBe(1);
    handler = answer({});
    expect(await outcomeOf(alice.delete('/v1beta/cachedContents/kept'))).toBe(OK);
    expect(await rowsOf('cachedContents/kept')).toBe(0);
  });

  it('follows a cache whose end is moved', async () => {
    const end = new Date(Date.now() + 86_400_000).toISOString();
    handler = answer({ name: 'cachedContents/moved', expireTime: new Date(Date.now() + 60_000).toISOString() });
    await outcomeOf(alice.post('/v1beta/cachedContents', {}));
    handler = answer({ name: 'cachedContents/moved', expireTime: end });
    await outcomeOf(alice.fetch('/v1beta/cachedContents/moved', { method: 'PATCH', body: '{}' }));
    const [row] = await proxy.database.dataSource.query<{ expires_at: Date }[]>(
      `SELECT expires_at FROM resource_owner WHERE resource = 'cachedContents/moved'`,
    );
    expect(row?.expires_at.toISOString()).toBe(end);
  });

  it('answers HEAD with the length that upstream told', async () => {
    handler = answer({ name: 'cachedContents/head' });
    await outcomeOf(alice.post('/v1beta/cachedContents', {}));
    handler = (_request, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': '77' }).end();
    };
    const response = await alice.fetch('/v1beta/cachedContents/head', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '77']);
  });

  it("never takes a stranger's word in labels or model output for a name", async () => {
    const answerOf = {
      id: 'v1_x',
      metadata: { name: 'files/victim' },
      steps: [{ name: 'files/victim', arguments: { uri: 'files/victim' } }],
    };
    handler = answer(answerOf);
    await outcomeOf(bob.post('/v1beta/interactions', { model: MODEL, input: 'x' }));
    expect(await rowsOf('files/victim')).toBe(0);
  });

  it('reads a request of many thousand files, up to the number that a call may have', async () => {
    const uris = (count: number): string[] => Array.from({ length: count }, (_, index) => `files/many-${index}`);
    expect(await outcomeOf(alice.generateWith(...uris(5_000)))).toBe('400 references_too_many');
    expect(await outcomeOf(alice.generateWith(...uris(3_600)))).toBe(NOT_FOUND);
  });
});
