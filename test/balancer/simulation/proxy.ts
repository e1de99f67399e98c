import type { IncomingMessage } from 'node:http';
import type { Balancer } from '../../../src/balancer/balancer.service.js';
import type { ConfigStore } from '../../../src/config/config.store.js';
import { AttemptLoop } from '../../../src/proxy/attempt-loop.js';
import { type Arrival, Exchange, type Reply } from '../../../src/proxy/exchange.js';
import { Fault } from '../../../src/kernel/errors/fault.js';
import { understand } from '../../../src/kernel/gemini/route.js';
import type { VirtualClock } from '../../support/virtual-clock.js';
import { between } from './random.js';
import type { Wire } from './wire.js';

/** A request of a caller. */
export interface Prompt {
  readonly model: string;
  readonly body: Buffer;
  /** As Google counts them. */
  readonly inputTokens: number;
}

/** What a replica chooses keys with. */
export interface Replica {
  readonly balancer: Balancer;
  readonly store: ConfigStore;
}

/** How a call ended for its caller. */
export type Outcome =
  | { readonly kind: 'served' }
  /** An error of upstream was passed on. */
  | { readonly kind: 'failed'; readonly status: number | undefined }
  | { readonly kind: 'refused'; readonly fault: Fault };

/** The caller's end of a call. */
class ReplyEnd implements Reply {
  readonly status = undefined;
  private readonly listeners: ((whole: boolean) => void)[] = [];
  private isClosed = false;

  refuse(): void {
    this.close(true);
  }

  onClose(listener: (whole: boolean) => void): void {
    this.listeners.push(listener);
  }

  close(whole: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const listener of this.listeners) listener(whole);
  }
}

/** The proxy's real loop of attempts over the real balancer, without sockets. */
export class VirtualProxy {
  private readonly loop: AttemptLoop;

  constructor(
    { balancer, store }: Replica,
    private readonly clock: VirtualClock,
    private readonly wire: Wire,
    private readonly random: () => number,
  ) {
    this.loop = new AttemptLoop(balancer, store, clock);
  }

  /** A call from beginning to end; a caller without patience leaves after `leavesAfterMs`. */
  async call(caller: string, prompt: Prompt, leavesAfterMs?: number): Promise<Outcome> {
    const reply = new ReplyEnd();
    const exchange = new Exchange(arrivalOf(caller, prompt.model, reply), this.clock);
    exchange.model = prompt.model;
    exchange.body = prompt.body;
    const stop =
      leavesAfterMs === undefined
        ? undefined
        : this.clock.after(leavesAfterMs, () => {
            reply.close(false);
          });
    try {
      return await this.run(exchange, prompt);
    } catch (error) {
      if (error instanceof Fault) return { kind: 'refused', fault: error };
      throw error;
    } finally {
      stop?.();
      reply.close(true);
    }
  }

  private async run(exchange: Exchange, { inputTokens, model }: Prompt): Promise<Outcome> {
    const { last } = await this.loop.run({
      exchange,
      canRepeat: true,
      attempt: async (lease, routed) => {
        const tried = await this.wire.send(lease.key, routed ?? model, inputTokens);
        if (exchange.isClosed) throw new Fault('caller_gone');
        return tried;
      },
    });
    if (last.verdict.scope !== 'ok') return { kind: 'failed', status: last.status };
    await this.clock.sleep(between(this.random, 0, 4_000));
    const tokens = { input: inputTokens, output: 100, cached: 0, thoughts: 0, toolUse: 0 };
    exchange.account = { push: () => undefined, tokens, servedModel: model };
    return { kind: 'served' };
  }
}

function arrivalOf(caller: string, model: string, reply: Reply): Arrival {
  const path = `/v1beta/models/${model}:generateContent`;
  return {
    request: { method: 'POST', headers: {} } as IncomingMessage,
    reply,
    sourceIp: caller,
    trustsPeer: false,
    path,
    query: {
      upstream: '',
      credentials: [],
      alt: undefined,
      fields: undefined,
      uploadId: undefined,
      isAmbiguous: false,
    },
    route: understand('POST', path),
    isReadable: true,
    credential: { kind: 'none' },
  };
}
