import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { UpstreamAnswer } from '../../src/egress/upstream-answer.js';
import { UpstreamClient } from '../../src/egress/upstream-client.js';
import { ConfigStore } from '../../src/config/config.store.js';
import { proxyConfigSchema } from '../../src/config/schema.js';
import { readAhead, readWhole, withBody } from '../../src/proxy/whole-answer.js';

const KIB = 1024;

describe('an answer that is read before it goes on', () => {
  let server: Server;
  let client: UpstreamClient;
  let answerWith: RequestListener;
  let closed: Promise<unknown>;
  beforeAll(async () => {
    server = createServer((request, response) => {
      closed = once(response, 'close');
      answerWith(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = new UpstreamClient(
      new ConfigStore(proxyConfigSchema.parse({ gemini: { api_keys: [{ id: 'a', key: 'k'.repeat(30) }] } })),
    );
  });
  afterAll(async () => {
    await client.onApplicationShutdown();
    server.close();
  });

  const answerOf = (listener: RequestListener): Promise<UpstreamAnswer> => {
    answerWith = listener;
    const { port } = server.address() as AddressInfo;
    return client.send({ origin: `http://127.0.0.1:${port}`, path: '/', method: 'GET', headers: [], body: null })
      .answer;
  };

  /** Takes everything, and pauses after each chunk as a slow caller does. */
  const drain = (answer: UpstreamAnswer): Promise<string> =>
    new Promise((resolve, reject) => {
      let text = '';
      answer.pipe({
        data: (chunk) => {
          text += chunk.toString('latin1');
          setImmediate(() => {
            answer.resume();
          });
          return false;
        },
        end: () => {
          resolve(text);
        },
        fail: reject,
      });
    });

  it('is had whole when it is small enough', async () => {
    const answer = await answerOf((_request, response) => response.end('x'.repeat(100 * KIB)));
    expect((await readWhole(answer, 100 * KIB)).length).toBe(100 * KIB);
  });

  it('is refused, and upstream stopped, when it is larger', async () => {
    const answer = await answerOf((_request, response) => response.write('x'.repeat(100 * KIB)));
    await expect(readWhole(answer, 10 * KIB)).rejects.toMatchObject({ code: 'answer_too_large' });
    await closed;
  });

  it('fails as upstream did when it breaks off', async () => {
    const answer = await answerOf((_request, response) => {
      response.write('beginning', () => response.destroy());
    });
    await expect(readWhole(answer, KIB)).rejects.toMatchObject({ code: 'upstream_truncated' });
  });

  it('loses not a byte when only its beginning was read', async () => {
    const body = Array.from({ length: 40_000 }, (_, index) => `line ${index}\n`).join('');
    const answer = await answerOf((_request, response) => response.end(body));
    const ahead = await readAhead(answer, 1024 * KIB, (beginning) => beginning.includes('line 9\n'));
    expect(ahead.kind).toBe('begun');
    if (ahead.kind !== 'begun') return;
    expect(ahead.beginning.length).toBeLessThan(body.length);
    expect(await drain(ahead.answer)).toBe(body);
  });

  it('is a beginning, behind which it fails, when it breaks off before enough has come', async () => {
    const answer = await answerOf((_request, response) => {
      response.write('beginning', () => response.destroy());
    });
    const ahead = await readAhead(answer, KIB, () => false);
    expect([ahead.kind, ahead.kind === 'begun' && ahead.beginning.toString()]).toEqual(['begun', 'beginning']);
    if (ahead.kind === 'begun') await expect(drain(ahead.answer)).rejects.toMatchObject({ kind: 'reset' });
  });

  it('goes on as a failure when it breaks off behind its beginning', async () => {
    const answer = await answerOf((_request, response) => {
      response.write('beginning');
    });
    const ahead = await readAhead(answer, KIB, () => true);
    if (ahead.kind !== 'begun') throw new Error('the answer had no end');
    const drained = drain(ahead.answer);
    ahead.answer.abort();
    await expect(drained).rejects.toMatchObject({ kind: 'aborted' });
  });

  it('can be given another body, whose length it then tells', async () => {
    const answer = withBody(await answerOf((_request, response) => response.end('old')), Buffer.from('newer'));
    expect([answer.status, answer.headers['content-length'], await drain(answer)]).toEqual([200, '5', 'newer']);
  });
});
