import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { EphemeralTokens } from '../../src/auth/ephemeral/ephemeral-tokens.js';
import { TokenMint } from '../../src/auth/ephemeral/token-mint.js';
import type { Tenancy } from '../../src/balancer/affinity/tenancy.js';
import type { Fault } from '../../src/kernel/errors/fault.js';
import { readQuery } from '../../src/kernel/gemini/query.js';
import { Secret } from '../../src/kernel/secret.js';
import { Exchange } from '../../src/proxy/exchange.js';
import { SessionHandles } from '../../src/proxy/live/session-handles.js';
import { SessionStarts } from '../../src/proxy/live/session-starts.js';
import type { Places } from '../../src/proxy/phases/place.js';
import { Vault } from '../../src/vault/vault.js';
import { AuthHarness } from '../auth/auth.harness.js';

const MINUTE_MS = 60_000;
const FRAME = { data: Buffer.from('{"setup":{"model":"models/live"}}'), isBinary: false };

/** One that notes how its session was refused. */
class NotedReply {
  readonly status = 101;
  refusals: Fault[] = [];

  refuse(fault: Fault): void {
    this.refusals.push(fault);
  }

  onClose(): void {
    // The session stays as it is.
  }
}

describe('a session under an ephemeral token', () => {
  let harness: AuthHarness;
  let starts: SessionStarts;
  beforeAll(async () => {
    harness = await AuthHarness.start();
    // A setup that refers to nothing goes anywhere.
    const places = { placeBody: (_: unknown, body: Buffer) => Promise.resolve(body) } as unknown as Places;
    const tenancy = { see: () => undefined } as unknown as Tenancy;
    const handles = new SessionHandles(harness.get(Vault), harness.clock);
    starts = new SessionStarts(places, tenancy, handles, harness.get(EphemeralTokens), harness.clock);
  });
  afterAll(() => harness.stop());

  const mint = async (): Promise<string> => {
    const nowMs = harness.clock.now();
    const token = { client: 'alice', credentialId: null, project: 'p', keyId: 'k', uses: 1 };
    const times = { newSessionExpiresAtMs: nowMs + MINUTE_MS, expiresAtMs: nowMs + 30 * MINUTE_MS };
    const upstream = { name: new Secret('auth_tokens/of-google'), model: 'locked' };
    return (await harness.get(TokenMint).add({ ...token, ...times, upstream })).name;
  };

  const exchangeOf = async (name: string, reply: NotedReply): Promise<Exchange> => {
    const arrival = {
      request: { headers: {}, rawHeaders: [] } as unknown as IncomingMessage,
      reply,
      sourceIp: '192.0.2.7',
      trustsPeer: false,
      path: '/ws/x',
      query: readQuery(''),
      route: undefined,
      isReadable: true,
      credential: { kind: 'ephemeral', token: name },
    } as const;
    const exchange = new Exchange(arrival, harness.clock);
    exchange.principal = await harness.get(EphemeralTokens).verify(name);
    return exchange;
  };

  it('goes to its project, with its model and the token of Google', async () => {
    const exchange = await exchangeOf(await mint(), new NotedReply());
    const { token, frame } = await starts.start(exchange, { frame: FRAME, model: 'live' });
    expect(token?.reveal()).toBe('auth_tokens/of-google');
    expect(frame).toEqual(FRAME);
    expect(exchange).toMatchObject({
      place: { kind: 'project', project: 'p' },
      boundModel: 'locked',
      model: 'live',
    });
  });

  it('ends with the token, and lets upstream go', async () => {
    const reply = new NotedReply();
    const exchange = await exchangeOf(await mint(), reply);
    await starts.start(exchange, { frame: FRAME, model: undefined });
    let isLetGo = false;
    exchange.cancel = () => {
      isLetGo = true;
    };
    harness.clock.advance(30 * MINUTE_MS - 1);
    expect([reply.refusals.length, isLetGo]).toEqual([0, false]);
    harness.clock.advance(1);
    expect(reply.refusals.map(({ code }) => code)).toEqual(['token_expired']);
    expect(isLetGo).toBe(true);
  });
});
