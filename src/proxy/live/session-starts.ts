import { Injectable } from '@nestjs/common';
import { EphemeralTokens, tokenFault } from '../../auth/ephemeral/ephemeral-tokens.js';
import type { UpstreamToken } from '../../auth/ephemeral/live-token.js';
import { Tenancy } from '../../balancer/affinity/tenancy.js';
import { Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import type { Principal } from '../../kernel/principal.js';
import type { Secret } from '../../kernel/secret.js';
import type { Exchange } from '../exchange.js';
import { Places } from '../phases/place.js';
import { type FoundHandle, handlesSent, withValues } from './handle-fields.js';
import type { Frame } from './live-end.js';
import { end } from './open-sessions.js';
import { type Resumable, SessionHandles } from './session-handles.js';
import type { Setup } from './setup-frame.js';

/** Short enough for the reason of a close frame. */
const UNKNOWN_SESSION = 'The session to resume is unknown, over or not yours. Begin a new one, without a handle.';
const OTHER_PROJECT = 'The session belongs to another project than the token. Resume it with the token that began it.';

/** What a session goes upstream with. */
export interface SessionStart {
  /** The setup as upstream gets it, but for the model. */
  readonly frame: Frame;
  /** Google's own token, which takes the place of a key; undefined for callers with other credentials. */
  readonly token: Secret | undefined;
}

/** What is resumed, and the setup without its handle. */
interface Resumption {
  readonly session: Resumable;
  readonly setup: Frame;
}

/** Finds out where a session belongs, and whether its caller may begin or resume it. */
@Injectable()
export class SessionStarts {
  constructor(
    private readonly places: Places,
    private readonly tenancy: Tenancy,
    private readonly handles: SessionHandles,
    private readonly tokens: EphemeralTokens,
    private readonly clock: Clock,
  ) {}

  /**
   * Sets the model and the place of the session.
   * @throws Fault resource_not_found for a session that the caller cannot resume, owners_conflict, body_ambiguous,
   * live_token_spent, token_revoked, token_expired, and those of what the setup refers to
   */
  async start(exchange: Exchange, { frame, model }: Setup): Promise<SessionStart> {
    exchange.model = model;
    const resumption = this.resumptionIn(frame, callerOf(exchange));
    const placed = await this.placed(exchange, resumption?.setup ?? frame);
    const session = resumption?.session;
    if (session) bind(exchange, session.project);
    const token = await this.use(exchange, session);
    exchange.boundModel = session?.model ?? token?.model;
    exchange.model ??= exchange.boundModel;
    return { frame: resuming(placed, session), token: token?.name };
  }

  /** The session that a setup goes on with, where its handle was given out here. */
  private resumptionIn(frame: Frame, caller: Principal): Resumption | undefined {
    const [sent, second] = handlesSent(frame);
    if (second) throw new Fault('body_ambiguous');
    if (!sent || !this.handles.isSealed(sent.handle)) return undefined;
    const session = this.handles.open(sent.handle);
    if (session?.client !== caller.id) throw new Fault('resource_not_found', { detail: UNKNOWN_SESSION });
    return { session, setup: withHandle(frame, sent, '') };
  }

  /** A handle that was not given out here is judged as what nobody is known to own; so is all else that is named. */
  private async placed(exchange: Exchange, frame: Frame): Promise<Frame> {
    this.tenancy.see(callerOf(exchange).id);
    return { ...frame, data: (await this.places.placeBody(exchange, frame.data)) ?? frame.data };
  }

  /** The session was noted before this asks the database, so that a revocation finds the one or the other. */
  private async use(exchange: Exchange, session: Resumable | undefined): Promise<UpstreamToken | undefined> {
    const token = this.tokens.behind(callerOf(exchange));
    if (!token) return undefined;
    bind(exchange, token.project, session && OTHER_PROJECT);
    await (session ? this.tokens.resume(token) : this.tokens.begin(token));
    const stop = this.clock.after(token.expiresAtMs - this.clock.now(), () => {
      end(exchange, tokenFault('token_expired'));
    });
    void exchange.settled.then(stop);
    return token.upstream;
  }
}

function bind(exchange: Exchange, project: string, detail?: string): void {
  const { place } = exchange;
  if (place?.kind === 'project' && place.project !== project) throw new Fault('owners_conflict', { detail });
  exchange.place = { kind: 'project', project };
  exchange.seeksOwner = false;
}

function withHandle(frame: Frame, { start, end: behind }: FoundHandle, value: string): Frame {
  return withValues(frame, [{ start, end: behind, value }]);
}

/** The setup with upstream's own handle; where it stands may have changed with what stands before it. */
function resuming(frame: Frame, session: Resumable | undefined): Frame {
  const [place] = session ? handlesSent(frame) : [];
  return session && place ? withHandle(frame, place, session.handle) : frame;
}

function callerOf({ principal }: Exchange): Principal {
  if (!principal) throw new Error('a session is begun by nobody');
  return principal;
}
