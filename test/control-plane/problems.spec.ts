import { Body, Get, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsInt, IsString, Min, ValidateNested } from 'class-validator';
import { once } from 'node:events';
import { connect } from 'node:net';
import { ControlPlaneController } from '../../src/admin/transport/control-plane-controller.decorator.js';
import { Open } from '../../src/auth/allow.decorator.js';
import { Fault } from '../../src/kernel/errors/fault.js';
import { ControlPlaneHarness, GEMINI_KEY, JWT_SECRET, MASTER_KEY, PASSWORD } from './control-plane.harness.js';

class ItemDto {
  @IsInt()
  @Min(0)
  readonly weight!: number;
}

class OrderDto {
  @IsString()
  readonly name!: string;

  @IsArray()
  @ArrayNotEmpty()
  @ValidateNested({ each: true })
  @Type(() => ItemDto)
  readonly items!: ItemDto[];
}

@ControlPlaneController('trial', 'trial')
@Open()
class TrialController {
  @Post('order')
  order(@Body() body: OrderDto): OrderDto {
    return body;
  }

  @Get('crash')
  crash(): never {
    throw new Error(`password=${PASSWORD} at /home/somebody/file.ts`);
  }

  @Get('busy')
  busy(): never {
    throw new Fault('rate_limited', { retryAfterMs: 1_500 });
  }
}

describe('errors of the control plane', () => {
  let plane: ControlPlaneHarness;

  beforeAll(async () => {
    plane = await ControlPlaneHarness.start({ controllers: [TrialController] });
  });
  afterAll(() => plane.stop());

  /** What the server writes on a fresh connection until it closes it. */
  async function raw(text: string): Promise<string> {
    const socket = connect(plane.port, '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      received += chunk;
    });
    socket.write(text);
    await once(socket, 'close');
    return received;
  }

  it('are problem documents with a code, a sentence and the request id', async () => {
    const { headers, body } = await plane.http.get('/api/nowhere?key=secret').expect(404);

    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(body).toEqual({
      type: 'urn:gemini-proxy:fault:not_found',
      title: 'Not found',
      status: 404,
      detail: 'There is nothing at this path. The list of paths is under /docs.',
      code: 'not_found',
      request_id: headers['x-request-id'],
    });
  });

  it('say with 405 which methods a path takes', async () => {
    const { headers, body } = await plane.http.put('/auth/login').send({}).expect(405);

    expect(headers['allow']).toBe('POST');
    expect(body).toMatchObject({ code: 'method_not_allowed', detail: 'The path does not take PUT. It takes POST.' });
    const parametric = await plane.http.post('/api/sessions/some-id').expect(405);
    expect(parametric.headers['allow']).toBe('DELETE');
  });

  it('list every mistake of a body with its path', async () => {
    const { body } = await plane.http
      .post('/trial/order')
      .send({ items: [{ weight: 1 }, { weight: -1, color: 'red' }, { weight: '3' }], extra: true })
      .expect(400);
    const { code, errors } = body as { code: string; errors: { path: string; message: string }[] };

    expect(code).toBe('validation_failed');
    expect([...new Set(errors.map(({ path }) => path))].sort()).toEqual([
      'extra',
      'items[1].color',
      'items[1].weight',
      'items[2].weight',
      'name',
    ]);
  });

  it('list every mistake of a login', async () => {
    const { body } = await plane.http.post('/auth/login').send({ username: 5, pasword: 'x' }).expect(400);
    const { errors } = body as { errors: { path: string }[] };

    expect([...new Set(errors.map(({ path }) => path))].sort()).toEqual(['password', 'pasword', 'username']);
  });

  it('never show what crashed, only the id that finds it in the log', async () => {
    const { text, body } = await plane.http.get('/trial/crash').expect(500);

    expect(body).toMatchObject({ code: 'internal', request_id: expect.any(String) });
    expect(text).not.toMatch(/password|somebody|\.ts|at /i);
  });

  it('say when to try again', async () => {
    const { headers } = await plane.http.get('/trial/busy').expect(429);

    expect(headers['retry-after']).toBe('2');
  });

  describe('of bodies', () => {
    it.each([
      ['labelled JSON', 'application/json'],
      ['labelled JSON with a charset', 'application/json; charset=utf-8'],
      ['labelled as a kind of JSON', 'application/merge-patch+json'],
      ['labelled as a form, as plain curl -d does', 'application/x-www-form-urlencoded'],
      ['not labelled', ''],
    ])('none for an object %s', async (_, type) => {
      const head = type === '' ? '' : `content-type: ${type}\r\n`;
      const body = JSON.stringify({ password: PASSWORD });
      const answer = await raw(
        `POST /auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${head}content-length: ${body.length}\r\n\r\n${body}`,
      );

      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    });

    it.each([
      ['broken JSON', '{"password": '],
      ['a list', '[1]'],
      ['a text', '"x"'],
      ['null', 'null'],
      ['a poisoned prototype', '{"__proto__": {"admin": true}}'],
    ])('for %s', async (_, text) => {
      const { body } = await plane.http.post('/auth/login').type('application/json').send(text).expect(400);

      expect(body).toMatchObject({ code: 'body_not_json' });
    });

    it.each([
      ['a form', 'application/x-www-form-urlencoded', 'password=x'],
      ['text', 'text/plain', '{"password":"x"}'],
      ['XML', 'application/xml', '<a/>'],
    ])('for %s', async (_, type, text) => {
      const { body } = await plane.http.post('/auth/login').type(type).send(text).expect(415);

      expect(body).toMatchObject({ code: 'media_type_unsupported' });
    });

    it('for more than 1 MiB', async () => {
      const { body } = await plane.http
        .post('/auth/login')
        .send({ password: 'x'.repeat(1024 ** 2) })
        .expect(413);

      expect(body).toMatchObject({ code: 'body_too_large', detail: expect.stringContaining('1 MiB') });
    });

    it('for none where one is needed', async () => {
      const { body } = await plane.http.post('/auth/login').expect(400);

      const { code, errors } = body as { code: string; errors: { path: string }[] };
      expect(code).toBe('validation_failed');
      expect(new Set(errors.map(({ path }) => path))).toEqual(new Set(['password']));
    });
  });

  describe('before a route is found', () => {
    it.each([
      ['a path that cannot be decoded', 'GET /api/%E0%A4%A HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400],
      ['oversized headers', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
      ['what is not HTTP', 'HELLO\r\n\r\n', 400],
      ['a path of many kilobytes', `GET /${'a'.repeat(10_000)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, 404],
    ])('%s', async (_, text, status) => {
      const [head = '', body = ''] = (await raw(text)).split('\r\n\r\n');

      expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(head).toMatch(/content-type: application\/problem\+json/i);
      expect(JSON.parse(body)).toMatchObject({ status, code: expect.any(String), request_id: expect.any(String) });
      expect(body).not.toMatch(/stack|node_modules|FST_ERR/);
    });

    it('and the process lives on', async () => {
      await plane.http.get('/health/live').expect(200);
    });
  });

  it('hold no secret, and neither does anything else that is open', async () => {
    const { token } = await plane.login();
    const texts = await Promise.all(
      ['/health', '/health/ready', '/metrics', '/docs-json', '/api/sessions', '/trial/crash', '/nowhere'].map(
        async (path) => (await plane.http.get(path).set('authorization', `Bearer ${token}`)).text,
      ),
    );

    for (const secret of [PASSWORD, JWT_SECRET, MASTER_KEY, GEMINI_KEY, token]) {
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    }
  });
});
