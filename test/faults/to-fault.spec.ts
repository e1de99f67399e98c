import { describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  ForbiddenException,
  HttpException,
  NotFoundException,
  PayloadTooLargeException,
  UnauthorizedException,
} from '@nestjs/common';
import Fastify from 'fastify';
import jsonwebtoken from 'jsonwebtoken';
import { z } from 'zod';

import { toFault } from '../../src/faults/to-fault.js';
import { Fault } from '../../src/kernel/errors/fault.js';
import type { FaultCode } from '../../src/kernel/errors/fault-table.js';

const caught = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

/** What Fastify's own parser throws for a body. */
async function parserError(body: string, headers: Record<string, string>, bodyLimit = 1_024): Promise<unknown> {
  const server = Fastify({ bodyLimit });
  let thrown: unknown;
  server.post('/', () => ({}));
  server.setErrorHandler((error, _request, reply) => {
    thrown = error;
    return reply.status(500).send();
  });
  await server.inject({ method: 'POST', url: '/', payload: body, headers });
  await server.close();
  return thrown;
}

describe('toFault', () => {
  const cases: [string, unknown, FaultCode][] = [
    ['an unknown path', new NotFoundException(), 'not_found'],
    ['a missing token', new UnauthorizedException(), 'token_invalid'],
    ['a missing permission', new ForbiddenException(), 'permission_denied'],
    ['a large body', new PayloadTooLargeException(), 'body_too_large'],
    ['too many requests', new HttpException('slow down', 429), 'rate_limited'],
    ['a teapot', new HttpException('teapot', 418), 'internal'],
    ['a token that is none', caught(() => jsonwebtoken.verify('x.y.z', 's')), 'token_invalid'],
    ['a token of yesterday', caught(() => jsonwebtoken.verify(expired(), 's')), 'token_expired'],
    ['a database that stops', Object.assign(new Error('terminating'), { code: '57P01' }), 'store_unavailable'],
    [
      'an upstream that hangs',
      Object.assign(new Error('timeout'), { code: 'UND_ERR_HEADERS_TIMEOUT' }),
      'upstream_timeout',
    ],
    ['a mistake of ours', new TypeError('undefined is not a function'), 'internal'],
    ['a thrown string', 'boom', 'internal'],
    ['nothing', undefined, 'internal'],
  ];

  it.each(cases)('knows %s', (_name, error, code) => {
    expect(toFault(error)).toMatchObject({ code });
  });

  it("knows the errors of Fastify's parsers", async () => {
    const json = { 'content-type': 'application/json' };
    expect(toFault(await parserError('{', json)).code).toBe('body_not_json');
    expect(toFault(await parserError('x'.repeat(2_000), json)).code).toBe('body_too_large');
    expect(toFault(await parserError('<x/>', { 'content-type': 'text/xml' })).code).toBe('media_type_unsupported');
  });

  it('passes a fault on as it is', () => {
    const fault = new Fault('rate_limited', { retryAfterMs: 5 });
    expect(toFault(fault)).toBe(fault);
  });

  it('keeps what was thrown for the log, and says none of it to the caller', () => {
    const cause = new Error('connect ECONNREFUSED postgres://user:secret@host');
    const fault = toFault(cause);
    expect(fault.cause).toBe(cause);
    expect(fault.message).not.toContain('secret');
  });

  it('lists what ValidationPipe found, each with its path', () => {
    const messages = ['limits.requests must be a positive number', 'property colour should not exist'];
    expect(toFault(new BadRequestException(messages)).violations).toEqual([
      { path: 'limits.requests', message: 'limits.requests must be a positive number' },
      { path: 'colour', message: 'property colour should not exist' },
    ]);
  });

  it('lists what zod found, each with its path', () => {
    const schema = z.object({ keys: z.array(z.object({ weight: z.number() })) });
    const { error } = schema.safeParse({ keys: [{ weight: 'x' }] });
    expect(toFault(error)).toMatchObject({
      code: 'validation_failed',
      violations: [{ path: 'keys[0].weight', message: expect.stringContaining('expected number') }],
    });
  });
});

function expired(): string {
  return jsonwebtoken.sign({ exp: 1 }, 's');
}
