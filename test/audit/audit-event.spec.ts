import { describe, expect, it } from '@jest/globals';

import { type AuditEvent, exchangeEvent } from '../../src/audit/audit-event.js';
import { toLineBody } from '../../src/audit/audit-line.js';
import type { AuditResult } from '../../src/audit/audit-result.js';
import { refusalEvent } from '../../src/audit/control-event.js';
import type { Call } from '../../src/kernel/call.js';
import { Fault } from '../../src/kernel/errors/fault.js';
import type { SettledExchange } from '../../src/kernel/settled-exchange.js';

const STARTED = Date.UTC(2026, 0, 1);

const unary: SettledExchange = {
  id: 'r-1',
  surface: 'native',
  httpMethod: 'POST',
  path: '/v1beta/models/gemini-3.8-flash:generateContent',
  sourceIp: '127.0.0.1',
  principal: { type: 'client', id: 'c-1', role: 'client', scopes: [], credentialId: 'jti-1' },
  startedAt: STARTED,
  durationMs: 150.2,
  firstByteMs: 89.6,
  status: 200,
  ending: 'complete',
  model: 'gemini-3.8-flash',
  servedModel: 'gemini-3.8-flash',
  key: 'primary',
  attempts: [{ key: 'primary', project: 'p', outcome: 'ok', status: 200, durationMs: 148 }],
  tokens: { input: 12, output: 40, cached: 0, thoughts: 0, toolUse: 0 },
};

const written = (event: AuditEvent): Record<string, unknown> =>
  JSON.parse(`${toLineBody(event, STARTED)}}`) as Record<string, unknown>;

describe('exchangeEvent', () => {
  it('maps a good call to the line of the contract', () => {
    expect(written(exchangeEvent(unary))).toEqual({
      v: 1,
      timestamp: '2026-01-01T00:00:00.000Z',
      event_type: 'ApiCall',
      source_ip: '127.0.0.1',
      action: 'POST /v1beta/models/gemini-3.8-flash:generateContent',
      result: 'Success',
      duration_ms: 150,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      request_id: 'r-1',
      actor: { type: 'client', id: 'c-1' },
      details: {
        status: 200,
        model: 'gemini-3.8-flash',
        key: 'primary',
        attempts: 1,
        tokens: { input: 12, output: 40, cached: 0, thoughts: 0 },
        first_byte_ms: 90,
        ended: 'complete',
        surface: 'native',
      },
    });
  });

  it('tells every attempt of a call that needed more than one', () => {
    const { details } = exchangeEvent({
      ...unary,
      attempts: [{ key: 'dead', project: 'd', outcome: 'key', status: 400, durationMs: 20.4 }, ...unary.attempts],
    });
    expect(details['attempt_outcomes']).toEqual([
      { key: 'dead', project: 'd', outcome: 'key', status: 400, duration_ms: 20 },
      { key: 'primary', project: 'p', outcome: 'ok', status: 200, duration_ms: 148 },
    ]);
  });

  it('names the model that was served only where it is another one', () => {
    expect(exchangeEvent(unary).details['served_model']).toBeUndefined();
    expect(exchangeEvent({ ...unary, servedModel: 'gemini-3.8-flash-002' }).details['served_model']).toBe(
      'gemini-3.8-flash-002',
    );
  });

  it('never holds a query string', () => {
    expect(exchangeEvent({ ...unary, path: '/v1beta/models?key=secret' }).action).toBe('POST /v1beta/models');
  });

  const results: [string, Partial<SettledExchange>, AuditResult][] = [
    ['a whole answer', {}, 'Success'],
    ['a Live session that was closed', { status: 101, surface: 'live' }, 'Success'],
    ["Google's own refusal", { status: 403 }, 'Failure'],
    ["Google's quota", { status: 429 }, 'Failure'],
    ['an answer that broke off', { ending: 'truncated' }, 'Failure'],
    ['a caller that left', { ending: 'aborted', status: 499 }, 'Failure'],
    ['no credential', { ending: 'refused', status: 401, fault: 'credentials_missing' }, 'Denied'],
    ['no permission', { ending: 'refused', status: 403, fault: 'permission_denied' }, 'Denied'],
    ['too many calls', { ending: 'refused', status: 429, fault: 'rate_limited' }, 'Denied'],
    ['no key with quota left', { ending: 'refused', status: 429, fault: 'keys_exhausted' }, 'Failure'],
    ['an unknown path', { ending: 'refused', status: 404, fault: 'path_unknown' }, 'Failure'],
  ];

  it.each(results)('has the result of %s', (_name, change, result) => {
    expect(exchangeEvent({ ...unary, ...change }).result).toBe(result);
  });
});

describe('refusalEvent', () => {
  const call: Call = {
    plane: 'control',
    requestId: 'r-2',
    sourceIp: '10.0.0.1',
    credential: { kind: 'none' },
    principal: undefined,
  };

  it('is an AuthEvent for a credential that was missing, without the query', () => {
    const event = refusalEvent(call, new Fault('credentials_missing'), 'GET', '/api/config?token=secret', 2);
    expect(event).toMatchObject({
      type: 'AuthEvent',
      sourceIp: '10.0.0.1',
      action: 'GET /api/config',
      result: 'Denied',
      requestId: 'r-2',
      details: { status: 401, fault: 'credentials_missing' },
    });
    expect(JSON.stringify(event)).not.toContain('secret');
  });

  it('is a SecurityEvent for a limit', () => {
    expect(refusalEvent(call, new Fault('rate_limited'), 'GET', '/', 0)).toMatchObject({
      type: 'SecurityEvent',
      result: 'Denied',
    });
  });
});
