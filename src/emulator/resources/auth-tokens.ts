import { invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import type { Route } from '../http/router.js';
import type { JsonObject } from '../json.js';
import { isObject, numberOf, objectOf, read, textOf } from '../json.js';
import type { Account } from '../world/key-ring.js';
import { Shelf } from '../world/project.js';
import type { World } from '../world/world.js';

/** An ephemeral token. It opens Live sessions of the key that made it. */
export interface StoredToken {
  readonly name: string;
  readonly account: Account;
  /** New sessions may begin until then. */
  readonly newSessionUntil: number;
  readonly expiresAt: number;
  usesLeft: number;
  /** What sessions under it are set up with; undefined: with whatever they ask for. */
  readonly setup: JsonObject | undefined;
  /** The fields of the setup that hold; empty: all of it, and nothing else. */
  readonly mask: readonly string[];
}

const tokens = new Shelf<World, StoredToken>();
const MINUTE_MS = 60_000;
const MAX_LIFETIME_MS = 20 * 60 * MINUTE_MS;

export const authTokenRoutes: readonly Route[] = [{ method: 'POST', path: 'auth_tokens', handle: createToken }];

/** The token of a name, in whatever state; undefined when nobody made it. */
export function findToken(world: World, name: string): StoredToken | undefined {
  return tokens.of(world).get(name);
}

/** Why a token opens no session, in the words of the service; undefined when it did. A new session uses it once. */
export function redeemToken(world: World, token: StoredToken, resumes: boolean): string | undefined {
  const now = world.clock.now();
  if (now >= token.expiresAt || (!resumes && now >= token.newSessionUntil)) return 'Token has expired';
  if (resumes) return undefined;
  if (token.usesLeft === 0) return 'Token has been used too many times';
  token.usesLeft -= 1;
  return undefined;
}

/** What a session is set up with: the token's word holds, whatever the session asks for. */
export function setupUnder({ setup, mask }: StoredToken, asked: JsonObject): JsonObject {
  if (setup === undefined) return asked;
  const resumption = { sessionResumption: read(asked, 'sessionResumption') ?? read(setup, 'sessionResumption') };
  if (mask.length === 0) return { ...setup, ...resumption };
  const held = mask.map((path) => path.split('.')[0] ?? '');
  const fixed = held.map((field) => [field, merged(read(asked, field), read(setup, field))] as const);
  return { ...asked, ...Object.fromEntries(fixed), ...resumption };
}

function merged(asked: unknown, fixed: unknown): unknown {
  return isObject(asked) && isObject(fixed) ? { ...asked, ...fixed } : fixed;
}

function createToken(call: ApiCall): Promise<void> {
  const { world, body, account } = call;
  if (account === undefined) throw call.error('unregistered');
  const now = world.clock.now();
  const expiresAt = timeOf(textOf(read(body, 'expireTime'))) ?? now + 30 * MINUTE_MS;
  if (expiresAt > now + MAX_LIFETIME_MS) {
    throw invalidArgument('expire_time is too far in the future. Maximum lifetime is 20h');
  }
  const setup = read(body, 'bidiGenerateContentSetup');
  const token: StoredToken = {
    name: `auth_tokens/${world.ids.urlSafe(64)}`,
    account,
    newSessionUntil: timeOf(textOf(read(body, 'newSessionExpireTime'))) ?? now + MINUTE_MS,
    expiresAt,
    usesLeft: usesOf(numberOf(body.uses)),
    setup: isObject(setup) ? objectOf(setup) : undefined,
    mask: (textOf(read(body, 'fieldMask')) ?? '').split(',').filter((path) => path !== ''),
  };
  tokens.of(world).set(token.name, token);
  return call.json({ name: token.name });
}

/** 0 means without limit. */
function usesOf(uses = 1): number {
  return uses === 0 ? Infinity : uses;
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) {
    throw invalidArgument(`Invalid value at 'auth_token' (type.googleapis.com/google.protobuf.Timestamp), "${text}"`);
  }
  return time;
}
