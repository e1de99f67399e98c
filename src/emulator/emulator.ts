import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import type { Clock } from '../kernel/clock.js';
import { SystemClock } from '../kernel/clock.js';
import type { FaultAction, FaultMatch } from './faults/fault.schema.js';
import { FaultScript } from './faults/fault-script.js';
import { Pipeline } from './http/pipeline.js';
import type { RecordedRequest } from './http/request-log.js';
import { RequestLog } from './http/request-log.js';
import { Router } from './http/router.js';
import { ROUTES } from './http/routes.js';
import { LiveServer } from './live/live-server.js';
import type { CheckedScenario, Scenario } from './scenario/scenario.schema.js';
import { scenarioSchema } from './scenario/scenario.schema.js';
import type { KeyState } from './world/key-state.js';
import { World } from './world/world.js';

export interface EmulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  readonly scenario?: Scenario;
  /** Overrides the scenario's seed. */
  readonly seed?: number;
  readonly clock?: Clock;
  /** Origin in file URIs and upload URLs; default: the address it listens on. */
  readonly origin?: string;
  /** How long `stop` lets running answers finish; default: 0, they are cut. */
  readonly drainMs?: number;
  /** False keeps no record of requests, for load. */
  readonly record?: boolean;
  /** Records kept, oldest dropped first; default: 2,000. */
  readonly maxRecords?: number;
  /** Bytes of each request body kept as text; default: 64 KiB. */
  readonly maxRecordedBodyBytes?: number;
}

/** Adds a fault for the requests that match; `times` limits how many it strikes. */
export interface Script {
  (match: FaultMatch, action: FaultAction, options?: { readonly times?: number }): void;
  /** Removes every fault, the scenario's too. */
  clear(): void;
}

/** A local Gemini API: real sockets, Google's wire shapes, and faults on demand. */
export class Emulator {
  /** Where it listens, without a trailing slash. */
  readonly url: string;
  readonly script: Script;
  private world: World;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly scenario: CheckedScenario,
    private readonly faults: FaultScript,
    private readonly log: RequestLog | undefined,
    private readonly options: EmulatorOptions & { readonly clock: Clock },
  ) {
    const { port, address, family } = server.address() as AddressInfo;
    this.url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
    this.world = this.newWorld();
    this.script = Object.assign(
      (match: FaultMatch, action: FaultAction, { times }: { readonly times?: number } = {}) => {
        faults.add(match, action, times);
      },
      {
        clear: () => {
          faults.clear();
        },
      },
    );
    this.answerRequests();
  }

  /** Listens, then resolves. Throws ZodError for a bad scenario and the listen error for a taken port. */
  static async start(options: EmulatorOptions = {}): Promise<Emulator> {
    const scenario = scenarioSchema.parse({
      ...options.scenario,
      ...(options.seed !== undefined && { seed: options.seed }),
    });
    const clock = options.clock ?? new SystemClock();
    const { record = true, maxRecords = 2000, maxRecordedBodyBytes = 65_536 } = options;
    const log = record ? new RequestLog(maxRecords, maxRecordedBodyBytes, clock) : undefined;
    // Idle connections outlive those of any client, so that a reused one is never closed under a request.
    const server = createServer({ keepAliveTimeout: 240_000, requestTimeout: 0, headersTimeout: 60_000 });
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
    await once(server, 'listening');
    return new Emulator(server, scenario, new FaultScript(scenario.faults), log, { ...options, clock });
  }

  /** The latest requests, oldest first; empty when recording is off. */
  get requests(): readonly RecordedRequest[] {
    return this.log?.requests ?? [];
  }

  /**
   * The first request, recorded or to come, that satisfies the predicate. It is asked again whenever a record changes
   * (arrival, body, end). Rejects after `timeoutMs` (10 s) with what was seen.
   */
  waitFor(predicate: (request: RecordedRequest) => boolean, timeoutMs = 10_000): Promise<RecordedRequest> {
    if (this.log === undefined) throw new Error('nothing is recorded: start the emulator without record: false');
    return this.log.waitFor(predicate, timeoutMs);
  }

  /** Changes what is wrong with a key, named by its id or by itself. */
  setKeyState(idOrKey: string, state: KeyState): void {
    this.world.keys.setState(idOrKey, state);
  }

  /** Changes what is wrong with a project of the scenario. */
  setProjectState(id: string, state: KeyState): void {
    this.world.keys.setProjectState(id, state);
  }

  /** As just started: no files, no records, quotas unused, the scenario's faults and key states. */
  reset(): void {
    this.faults.reset();
    this.log?.clear();
    this.world = this.newWorld();
  }

  /** Stops listening, lets answers finish for `drainMs`, then cuts what is left. */
  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeIdleConnections();
    const cut = (): void => {
      for (const socket of this.sockets) socket.destroy();
    };
    const { drainMs = 0, clock } = this.options;
    if (drainMs === 0) cut();
    else clock.after(drainMs, cut);
    await closed;
  }

  private answerRequests(): void {
    const pipeline = new Pipeline(new Router(ROUTES), this.log);
    this.server.on('request', (request, response) => void pipeline.serve(this.world, request, response));
    const live = new LiveServer(this.log);
    this.server.on('upgrade', (request, socket, head) => void live.upgrade(this.world, request, socket, head));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  private newWorld(): World {
    return new World(this.options.origin ?? this.url, this.scenario, this.options.clock, this.faults);
  }
}
