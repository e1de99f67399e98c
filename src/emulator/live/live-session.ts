import type { RawData } from 'ws';
import { ApiError, googleError } from '../errors/google-error.js';
import type { CallContext } from '../http/call-context.js';
import type { JsonObject } from '../json.js';
import { isObject, objectOf, read } from '../json.js';
import type { StoredToken } from '../resources/auth-tokens.js';
import { redeemToken, setupUnder } from '../resources/auth-tokens.js';
import { checkReferences } from '../resources/references.js';
import { readClientTurn } from './client-turn.js';
import type { ClientTurn } from './client-turn.js';
import type { LiveSetup } from './live-setup.js';
import { handleOf, newHandle, readSetup } from './live-setup.js';
import type { LiveWire } from './live-wire.js';
import { speak } from './model-turn.js';

const INVALID = googleError(400, 'Request contains an invalid argument.');
/** How the service closes for what is wrong with a token, and not with a key. */
const TOKEN_CODE = 1011;
const SETUP_FIRST = googleError(400, 'setup must be the first message and only the first');

/** One Live session: setup, then turns, one after the other. */
export class LiveSession {
  private setup: LiveSetup | undefined;
  /** What the client has said since the last answer. */
  private heard: JsonObject[] = [];
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: CallContext,
    private readonly wire: LiveWire,
    private readonly path: string,
    /** The ephemeral token that opened it. */
    private readonly token: StoredToken | undefined,
  ) {}

  /** Begins to listen, or closes at once for a caller that is refused. */
  open(refusal: ApiError | undefined): void {
    const { plan, account } = this.context;
    if (plan.echoes.has('close_reason')) {
      this.wire.close(1008, `Permission denied: Consumer 'api_key:${account?.key ?? ''}' has been suspended.`);
      return;
    }
    if (refusal !== undefined) {
      this.wire.fail(refusal.error);
      return;
    }
    if (this.closedAt('open')) return;
    this.wire.webSocket.on('message', (data) => {
      // Messages are taken one after the other, also while an answer is being spoken.
      this.work = this.work
        .then(() => this.take(data))
        .catch((error: unknown) => {
          this.failed(error);
        });
    });
  }

  private async take(data: RawData): Promise<void> {
    if (!this.wire.open) return;
    const message = parse(data);
    const setup = read(message, 'setup');
    if (this.setup === undefined) {
      if (!isObject(setup)) throw new ApiError(SETUP_FIRST);
      this.begin(setup);
      return;
    }
    if (setup !== undefined) throw new ApiError(SETUP_FIRST);
    const turn = readClientTurn(message);
    if (turn === undefined) throw new ApiError(INVALID);
    await this.hear(turn, this.setup);
  }

  private begin(asked: JsonObject): void {
    const { context, wire, token } = this;
    const setup = token === undefined ? asked : setupUnder(token, asked);
    if (token !== undefined && !this.redeem(token, handleOf(setup) !== '')) return;
    const parsed = readSetup(context, setup);
    context.planFaults('GET', this.path, context.charge.model, true);
    if (this.closedAt('setup')) return;
    this.setup = parsed;
    wire.send({ setupComplete: {} });
    if (parsed.wantsHandles) this.sendHandle();
    const { live } = context.plan;
    if (live?.go_away_after_ms === undefined) return;
    context.world.clock.after(live.go_away_after_ms, () => {
      wire.send({ goAway: { timeLeft: `${live.go_away_time_left_ms / 1000}s` } });
    });
  }

  /** Under a token a session ends with it; false when it does not even begin. */
  private redeem(token: StoredToken, resumes: boolean): boolean {
    const { context, wire } = this;
    const refusal = redeemToken(context.world, token, resumes);
    if (refusal !== undefined) {
      wire.close(TOKEN_CODE, refusal);
      return false;
    }
    context.world.clock.after(token.expiresAt - context.world.clock.now(), () => {
      wire.close(TOKEN_CODE, 'auth token has expired');
    });
    return true;
  }

  private async hear(turn: ClientTurn, setup: LiveSetup): Promise<void> {
    this.heard.push(...turn.contents);
    if (!turn.isComplete || this.closedAt('turn')) return;
    const contents = this.heard;
    this.heard = [];
    checkReferences(this.context.world, this.context.project, { contents });
    await speak(this.context, this.wire, setup, contents);
    if (setup.wantsHandles) this.sendHandle();
  }

  private sendHandle(): void {
    this.wire.send({ sessionResumptionUpdate: { newHandle: newHandle(this.context), resumable: true } });
  }

  private closedAt(moment: 'open' | 'setup' | 'turn'): boolean {
    const { close } = this.context.plan;
    if (close?.at !== moment) return false;
    this.wire.close(close.code, close.reason);
    return true;
  }

  private failed(error: unknown): void {
    if (error instanceof ApiError) {
      this.wire.fail(error.error);
      return;
    }
    process.emitWarning(error instanceof Error ? error : String(error), { type: 'EmulatorWarning' });
    this.wire.fail(googleError(500, 'Internal error encountered.'));
  }
}

function parse(data: RawData): JsonObject {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  try {
    return objectOf(JSON.parse(bytes.toString()));
  } catch {
    throw new ApiError(INVALID);
  }
}
