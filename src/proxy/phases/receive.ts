import type { IncomingMessage } from 'node:http';
import { isEphemeral } from '../../auth/ephemeral/token-name.js';
import type { Credential } from '../../kernel/call.js';
import { rawHeader } from '../../kernel/http/headers.js';
import { canonicalPath } from '../../kernel/gemini/canonical-path.js';
import { type Query, readQuery } from '../../kernel/gemini/query.js';
import { type Route, understand, understandLive } from '../../kernel/gemini/route.js';
import type { Arrival, Reply } from '../exchange.js';
import type { PeerReader } from '../peer.js';
import type { UploadSession } from '../uploads/upload-session.js';

/** What `receive` needs to know of the place where it runs. */
export interface ReceiveOptions {
  readonly peer: PeerReader;
  readonly openUpload: (uploadId: string) => UploadSession | undefined;
  /** Path prefix of `server.public_url`, without a slash at its end. */
  readonly pathPrefix: string;
}

const EPHEMERAL_ELSEWHERE =
  'An ephemeral token opens Live sessions only. Send the token that the operator of this proxy gave you.';

/** Phase 1: reads the headers and nothing else. A path that cannot be read leaves the route undefined. */
export function receive(request: IncomingMessage, reply: Reply, isUpgrade: boolean, options: ReceiveOptions): Arrival {
  const [rawPath, rawQuery] = splitUrl(request.url ?? '/');
  const canonical = rawQuery.includes('#') ? undefined : canonicalPath(rawPath);
  const path = withoutPrefix(canonical ?? '/', options.pathPrefix);
  const query = readQuery(rawQuery);
  const route = isUpgrade ? understandLive(path) : understand(request.method ?? 'GET', path);
  const uploadId = route?.surface === 'upload' ? query.uploadId : undefined;
  const uploadSession = uploadId === undefined ? undefined : options.openUpload(uploadId);
  return {
    request,
    reply,
    sourceIp: options.peer.sourceIp(request),
    trustsPeer: options.peer.trusts(request),
    path: withoutTokens(path).slice(0, 2_000),
    query,
    route,
    isReadable: canonical !== undefined,
    uploadSession,
    credential:
      uploadId === undefined
        ? credentialFor(route, readCredential(request.rawHeaders, query))
        : uploadCredential(uploadSession),
  };
}

/** The token from the three places where clients put it. The same token in several of them is one token. */
export function readCredential(headers: readonly string[], query: Query): Credential {
  const found = new Set(query.credentials);
  const apiKey = rawHeader(headers, 'x-goog-api-key')?.trim();
  if (apiKey) found.add(apiKey);
  const bearer = /^(?:Bearer|Token)\s+(\S+)\s*$/i.exec(rawHeader(headers, 'authorization') ?? '')?.[1];
  if (bearer) found.add(bearer);
  const [token, second] = found;
  if (token === undefined) return { kind: 'none' };
  return second === undefined ? { kind: 'token', token } : { kind: 'refused', code: 'credentials_ambiguous' };
}

/** What a credential is on a route: ephemeral tokens count on Live paths alone. */
function credentialFor(route: Route | undefined, credential: Credential): Credential {
  if (credential.kind !== 'token' || !isEphemeral(credential.token)) return credential;
  return route?.surface === 'live'
    ? { kind: 'ephemeral', token: credential.token }
    : { kind: 'refused', code: 'token_malformed', detail: EPHEMERAL_ELSEWHERE };
}

/** The path as it may be written down: the name of an ephemeral token is the token. */
function withoutTokens(path: string): string {
  return path.replace(/(\/auth_tokens\/).+/i, '$1…');
}

/** An upload session vouches for itself; some SDKs send nothing else with a chunk. */
function uploadCredential(session: UploadSession | undefined): Credential {
  return session
    ? { kind: 'session', principal: session.principal }
    : { kind: 'refused', code: 'upload_session_invalid' };
}

function splitUrl(url: string): [path: string, query: string] {
  const cut = url.indexOf('?');
  const path = cut < 0 ? url : url.slice(0, cut);
  // Absolute form (RFC 9112, section 3.2.2), as some clients behind a forward proxy send it.
  const origin = /^https?:\/\/[^/]*/i.exec(path)?.[0] ?? '';
  return [path.slice(origin.length) || '/', cut < 0 ? '' : url.slice(cut + 1)];
}

function withoutPrefix(path: string, prefix: string): string {
  return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}
