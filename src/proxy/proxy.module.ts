import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { BalancerModule } from '../balancer/balancer.module.js';
import { Answering } from './answering.js';
import { AttemptLoop } from './attempt-loop.js';
import { DataPlane } from './data-plane.js';
import { DataPlaneOptions } from './data-plane.options.js';
import { EntryPlace } from './entry-place.js';
import { ExchangeEntry } from './exchange-entry.js';
import { ExchangeHandler } from './exchange.handler.js';
import { ExchangeObservers } from './exchange-observers.js';
import { ListFanOut } from './lists/list-fan-out.js';
import { ListOwners } from './lists/list-owners.js';
import { Lists } from './lists/lists.js';
import { ModelList } from './lists/model-list.js';
import { PageTokens } from './lists/page-token.js';
import { UpstreamPages } from './lists/upstream-pages.js';
import { LiveConnector } from './live/live-connector.js';
import { LiveHandler } from './live/live.handler.js';
import { LiveSession } from './live/live-session.js';
import { OpenSessions } from './live/open-sessions.js';
import { SessionHandles } from './live/session-handles.js';
import { SessionStarts } from './live/session-starts.js';
import { TokenDesk } from './live-tokens/token-desk.js';
import { TokenEvents } from './live-tokens/token-events.js';
import { TokenOrder } from './live-tokens/token-order.js';
import { LostOwnership } from './lost-ownership.js';
import { Admission } from './phases/admit.js';
import { Answers } from './answers.js';
import { Attempts } from './phases/attempt.js';
import { Redirects } from './phases/follow.js';
import { Ownership } from './phases/own.js';
import { Places } from './phases/place.js';
import { BodyReader } from './phases/read.js';
import { Relay } from './phases/relay.js';
import { Possessions } from './possessions.js';
import { UploadSessions } from './uploads/upload-session.js';
import { UploadUrls } from './uploads/upload-urls.js';

const PHASES = [AttemptLoop, Admission, Answers, BodyReader, Attempts, Redirects, Relay, UploadSessions, UploadUrls];
const OWNERSHIP = [LostOwnership, Ownership, Places, Possessions];
const LISTS = [ListFanOut, ListOwners, Lists, ModelList, PageTokens, UpstreamPages];
const LIVE = [LiveConnector, LiveHandler, LiveSession, OpenSessions, SessionHandles, SessionStarts];
const LIVE_TOKENS = [TokenDesk, TokenEvents, TokenOrder];
const ENTRY = [Answering, DataPlane, EntryPlace, ExchangeEntry, ExchangeHandler, ExchangeObservers];

/** The data plane: the path of a call. */
@Module({})
export class ProxyModule {
  static forRoot(options: DataPlaneOptions): DynamicModule {
    return {
      module: ProxyModule,
      imports: [AuditModule, AuthModule, BalancerModule],
      providers: [
        ...PHASES,
        ...OWNERSHIP,
        ...LISTS,
        ...LIVE,
        ...LIVE_TOKENS,
        ...ENTRY,
        { provide: DataPlaneOptions, useValue: options },
      ],
      exports: [DataPlane, ExchangeObservers],
    };
  }
}
