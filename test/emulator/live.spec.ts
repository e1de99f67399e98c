import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { Emulator } from '../../src/emulator/emulator.js';
import { ManualClock } from '../support/manual-clock.js';
import { KEY, post } from './raw-client.js';

const path = (version = 'v1beta', method = 'BidiGenerateContent'): string =>
  `/ws/google.ai.generativelanguage.${version}.GenerativeService.${method}`;
const SETUP = { setup: { model: 'models/gemini-3.8-live' } };
const ASK = {
  clientContent: { turns: [{ role: 'user', parts: [{ text: 'Why is the sky blue?' }] }], turnComplete: true },
};

interface ServerMessage {
  setupComplete?: object;
  serverContent?: {
    modelTurn?: { parts: { text?: string; inlineData?: { mimeType: string } }[] };
    turnComplete?: boolean;
    outputTranscription?: { text: string };
  };
  usageMetadata?: { promptTokenCount: number; responseTokenCount: number; totalTokenCount: number };
  toolCall?: { functionCalls: { id: string; name: string; args: object }[] };
  sessionResumptionUpdate?: { newHandle: string };
  goAway?: { timeLeft: string };
}

/** A client that keeps what it hears. */
class Client {
  readonly messages: ServerMessage[] = [];
  readonly binary: boolean[] = [];
  readonly closed: Promise<readonly [code: number, reason: string]>;
  private readonly socket: WebSocket;
  private waiter: (() => void) | undefined;

  constructor(emulator: Emulator, target = path(), headers: Record<string, string> = { 'x-goog-api-key': KEY }) {
    this.socket = new WebSocket(emulator.url.replace('http', 'ws') + target, { headers });
    this.socket.on('message', (data, isBinary) => {
      this.messages.push(JSON.parse((data as Buffer).toString()) as ServerMessage);
      this.binary.push(isBinary);
      this.waiter?.();
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => {
        resolve([code, reason.toString()]);
      });
    });
  }

  async say(...messages: object[]): Promise<void> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open');
    for (const message of messages) this.socket.send(JSON.stringify(message));
  }

  /** Resolves once a message satisfies the predicate. */
  hear(predicate: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    return new Promise((resolve) => {
      this.waiter = () => {
        const found = this.messages.find(predicate);
        if (found !== undefined) resolve(found);
      };
      this.waiter();
    });
  }

  async refusal(): Promise<readonly [status: number | undefined, body: string]> {
    const [, response] = (await once(this.socket, 'unexpected-response')) as [unknown, IncomingMessage];
    let body = '';
    for await (const piece of response) body += String(piece);
    return [response.statusCode, body];
  }

  hangUp(): void {
    this.socket.terminate();
  }

  close(): void {
    this.socket.close(1000);
  }

  raw(text: string): void {
    this.socket.send(text);
  }
}

const isSetUp = (message: ServerMessage): boolean => message.setupComplete !== undefined;
const isTurnEnd = (message: ServerMessage): boolean => message.serverContent?.turnComplete === true;
const textOf = (client: Client): string =>
  client.messages
    .flatMap((message) => message.serverContent?.modelTurn?.parts ?? [])
    .map((part) => part.text ?? '')
    .join('');

describe('Live', () => {
  let emulator: Emulator;
  const clients: Client[] = [];
  const connect = (...more: [target?: string, headers?: Record<string, string>]): Client => {
    const client = new Client(emulator, ...more);
    clients.push(client);
    return client;
  };
  const converse = async (client: Client, ...messages: object[]): Promise<ServerMessage> => {
    await client.say(SETUP, ...messages);
    return client.hear(isTurnEnd);
  };

  beforeEach(async () => {
    emulator = await Emulator.start();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.hangUp();
    await emulator.stop();
  });

  it('answers a turn in pieces, then says usage and turnComplete', async () => {
    const client = connect();
    const end = await converse(client, ASK);
    expect(client.messages[0]).toEqual({ setupComplete: {} });
    expect(textOf(client)).toContain('Why is the sky blue?');
    const { promptTokenCount, responseTokenCount, totalTokenCount } = end.usageMetadata!;
    expect(totalTokenCount).toBe(promptTokenCount + responseTokenCount);
  });

  it.each([
    ['v1 with the key in the query', `${path('v1')}?key=${KEY}`, {}],
    ['v1alpha', path('v1alpha'), { 'x-goog-api-key': KEY }],
    ['two slashes', `/${path()}`, { 'x-goog-api-key': KEY }],
    ['the constrained method', path('v1alpha', 'BidiGenerateContentConstrained'), { 'x-goog-api-key': KEY }],
  ])('is served on %s', async (_what, target, headers) => {
    const client = connect(target, headers);
    await converse(client, ASK);
  });

  it('reads snake_case, and realtime text', async () => {
    const snake = connect();
    await converse(snake, {
      client_content: { turns: [{ role: 'user', parts: [{ text: 'snake' }] }], turn_complete: true },
    });
    expect(textOf(snake)).toContain('snake');
    const realtime = connect();
    await converse(realtime, { realtimeInput: { text: 'right now' } });
    expect(textOf(realtime)).toContain('right now');
  });

  it('waits for the end of audio before it answers, and speaks when speech is asked for', async () => {
    const client = connect();
    const generationConfig = { responseModalities: ['AUDIO'] };
    const audio = { mimeType: 'audio/pcm;rate=16000', data: 'AAAA' };
    await client.say(
      { setup: { ...SETUP.setup, generationConfig, outputAudioTranscription: {} } },
      { realtimeInput: { audio } },
      { realtimeInput: { audioStreamEnd: true } },
    );
    await client.hear(isTurnEnd);
    const contents = client.messages.flatMap((message) => message.serverContent ?? []);
    expect(contents.find((content) => content.modelTurn)?.modelTurn?.parts[0]?.inlineData?.mimeType).toBe(
      'audio/pcm;rate=24000',
    );
    expect(contents.map((content) => content.outputTranscription?.text ?? '').join('')).toContain('Here is my answer');
  });

  it('calls tools, and goes on with their response', async () => {
    const client = connect();
    const tools = [
      {
        functionDeclarations: [
          { name: 'get_weather', parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } } } },
        ],
      },
    ];
    const text = 'What is the weather in Paris?';
    await client.say({ setup: { ...SETUP.setup, tools } }, { realtimeInput: { text } });
    const { toolCall } = await client.hear((message) => message.toolCall !== undefined);
    expect(toolCall!.functionCalls).toMatchObject([{ name: 'get_weather', args: { city: 'Paris' } }]);
    await client.say({
      toolResponse: {
        functionResponses: [{ id: toolCall!.functionCalls[0]!.id, name: 'get_weather', response: { weather: 'rain' } }],
      },
    });
    await client.hear(isTurnEnd);
  });

  it('resumes a session by its handle, within its project alone', async () => {
    const resume = (handle?: string): object => ({ setup: { ...SETUP.setup, sessionResumption: { handle } } });
    const first = connect();
    await first.say(resume());
    const { sessionResumptionUpdate } = await first.hear((message) => message.sessionResumptionUpdate !== undefined);
    const second = connect();
    await second.say(resume(sessionResumptionUpdate!.newHandle));
    await second.hear(isSetUp);
    const stranger = connect(path(), { 'x-goog-api-key': 'stranger' });
    await stranger.say(resume(sessionResumptionUpdate!.newHandle));
    expect(await stranger.closed).toEqual([1008, 'BidiGenerateContent session not found']);
  });

  it('takes an ephemeral token once, for the project that made it', async () => {
    const { name } = (await post(emulator.url, '/v1alpha/auth_tokens', { uses: 1 })).json() as { name: string };
    const target = path('v1alpha', 'BidiGenerateContentConstrained');
    await converse(connect(`${target}?access_token=${name}`, {}), ASK);
    expect(emulator.requests.at(-1)).toMatchObject({ project: KEY });
    const again = connect(`${target}?access_token=${name}`, {});
    await again.say(SETUP);
    expect(await again.closed).toEqual([1011, 'Token has been used too many times']);
  });

  it('resumes a session under a token that is used up, and refuses it on the method of keys', async () => {
    const { name } = (await post(emulator.url, '/v1alpha/auth_tokens', {})).json() as { name: string };
    const resume = (handle?: string): object => ({ setup: { ...SETUP.setup, sessionResumption: { handle } } });
    const first = connect(`${path('v1alpha', 'BidiGenerateContentConstrained')}?access_token=${name}`, {});
    await first.say(resume());
    const { sessionResumptionUpdate } = await first.hear((message) => message.sessionResumptionUpdate !== undefined);
    const second = connect(`${path('v1alpha', 'BidiGenerateContentConstrained')}?access_token=${name}`, {});
    await second.say(resume(sessionResumptionUpdate!.newHandle));
    await second.hear(isSetUp);
    expect((await connect(`${path('v1alpha')}?access_token=${name}`, {}).closed)[1]).toContain('unregistered callers');
  });

  it.each([
    ['the setup of a token for that of its sessions', undefined],
    ['the masked fields of a token for those of its sessions', 'model'],
  ])('takes %s', async (_what, fieldMask) => {
    const bidiGenerateContentSetup = { model: 'models/gemini-none' };
    const body = { bidiGenerateContentSetup, fieldMask };
    const { name } = (await post(emulator.url, '/v1alpha/auth_tokens', body)).json() as { name: string };
    const client = connect(`${path('v1alpha', 'BidiGenerateContentConstrained')}?access_token=${name}`, {});
    await client.say(SETUP);
    expect((await client.closed)[1]).toContain('models/gemini-none is not found');
  });

  it('ends a session with its token', async () => {
    await emulator.stop();
    const clock = new ManualClock();
    emulator = await Emulator.start({ clock });
    const { name } = (await post(emulator.url, '/v1alpha/auth_tokens', {})).json() as { name: string };
    const client = connect(`${path('v1alpha', 'BidiGenerateContentConstrained')}?access_token=${name}`, {});
    await client.say(SETUP);
    await client.hear(isSetUp);
    clock.advance(30 * 60_000);
    expect(await client.closed).toEqual([1011, 'auth token has expired']);
  });

  it.each([
    ['something before setup', [ASK], 1007, /setup must be the first message/],
    ['setup twice', [SETUP, SETUP], 1007, /setup must be the first message/],
    ['an unknown message', [SETUP, { nonsense: {} }], 1007, /invalid argument/],
    [
      'a model that is not live',
      [{ setup: { model: 'models/gemini-2.5-pro' } }],
      1008,
      /is not found for API version v1beta/,
    ],
  ])('closes on %s', async (_what, messages, code, reason) => {
    const client = connect();
    await client.say(...messages);
    expect(await client.closed).toEqual([code, expect.stringMatching(reason)]);
  });

  it('closes on what is not JSON', async () => {
    const client = connect();
    await client.say();
    client.raw('{nope');
    expect((await client.closed)[0]).toBe(1007);
  });

  it.each([
    ['invalid', 1007, /API key not valid/],
    ['expired', 1007, /API key expired. Please renew/],
    ['project_denied', 1008, /denied access/],
    ['prepaid_depleted', 1011, /prepayment credits are depleted/],
    ['account_spend_cap', 1011, /spending cap/],
    ['suspended', 1008, new RegExp(`api_key:${KEY}`)],
  ] as const)('closes for a key that is %s', async (state, code, reason) => {
    emulator.setKeyState(KEY, state);
    expect(await connect().closed).toEqual([code, expect.stringMatching(reason)]);
  });

  it('closes without a credential, with two, and over quota', async () => {
    expect((await connect(path(), {}).closed)[0]).toBe(1008);
    expect((await connect(`${path()}?key=${KEY}`).closed)[1]).toMatch(/Multiple authentication credentials/);
    await emulator.stop();
    emulator = await Emulator.start({ scenario: { quotas: { '*': { rpm: 0 } } } });
    const client = connect();
    await client.say(SETUP);
    expect(await client.closed).toEqual([1011, expect.stringMatching(/exceeded your current quota/)]);
  });

  it.each([
    ['open', []],
    ['setup', [SETUP]],
    ['turn', [SETUP, ASK]],
    ['mid_turn', [SETUP, ASK]],
  ] as const)('closes at the scripted moment: %s', async (at, messages) => {
    emulator.script({}, { kind: 'close', code: 1011, reason: 'Deadline expired', at });
    const client = connect();
    await client.say(...messages);
    expect(await client.closed).toEqual([1011, 'Deadline expired']);
    expect(client.messages.some(isSetUp)).toBe(at === 'turn' || at === 'mid_turn');
    expect(textOf(client) !== '').toBe(at === 'mid_turn');
  });

  it('matches faults by the model of the setup', async () => {
    emulator.script({ model: '3.8-live' }, { kind: 'close', code: 1008, at: 'setup' });
    const client = connect();
    await client.say(SETUP);
    expect((await client.closed)[0]).toBe(1008);
  });

  it('shows the key in a close reason', async () => {
    emulator.script({}, { kind: 'echo_key', where: 'close_reason' });
    expect((await connect().closed)[1]).toContain(`api_key:${KEY}`);
  });

  it('refuses the upgrade itself when that is scripted', async () => {
    emulator.script({}, { kind: 'error', error: 'exhausted' });
    const [status, body] = await connect().refusal();
    expect([status, JSON.parse(body)]).toMatchObject([429, { error: { status: 'RESOURCE_EXHAUSTED' } }]);
  });

  it('refuses an upgrade on any other path', async () => {
    expect((await connect('/v1beta/models').refusal())[0]).toBe(404);
  });

  it('speaks in binary frames and says goAway when that is scripted', async () => {
    emulator.script({}, { kind: 'live', binary: true, go_away_after_ms: 1, go_away_time_left_ms: 5000 });
    const client = connect();
    await client.say(SETUP);
    expect((await client.hear((message) => message.goAway !== undefined)).goAway).toEqual({ timeLeft: '5s' });
    expect(client.binary).toEqual(client.messages.map(() => true));
  });

  it('resets the connection in the middle of a turn', async () => {
    emulator.script({}, { kind: 'reset', at: 200 });
    const client = connect();
    await client.say(SETUP, ASK);
    expect((await client.closed)[0]).toBe(1006);
    expect(await emulator.waitFor((request) => request.path.startsWith('/ws') && request.status === 101)).toMatchObject(
      { aborted: false },
    );
  });

  it('records what the client sends, and how it leaves', async () => {
    const polite = connect();
    await converse(polite, ASK);
    polite.close();
    const record = await emulator.waitFor((request) => request.finished);
    expect(record).toMatchObject({
      status: 101,
      aborted: false,
      key: KEY,
      body: `${JSON.stringify(SETUP)}\n${JSON.stringify(ASK)}\n`,
    });
    const rude = connect();
    await rude.say(SETUP);
    await rude.hear(isSetUp);
    rude.hangUp();
    expect(await emulator.waitFor((request) => request.aborted)).toMatchObject({ finished: false });
  });
});
