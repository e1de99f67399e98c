import { invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import type { Route } from '../http/router.js';
import { numberOf, read, textOf } from '../json.js';
import type { Account } from '../world/key-ring.js';
import { Shelf } from '../world/project.js';
import type { World } from '../world/world.js';

/** An ephemeral token. It opens Live sessions of the key that made it. */
interface StoredToken {
  readonly name: string;
  readonly account: Account;
  /** New sessions may begin until then. */
  readonly newSessionUntil: number;
  readonly expiresAt: number;
  usesLeft: number;
}

const tokens = new Shelf<World, StoredToken>();
const MINUTE_MS = 60_000;
const MAX_LIFETIME_MS = 20 * 60 * MINUTE_MS;

export const authTokenRoutes: readonly Route[] = [{ method: 'POST', path: 'auth_tokens', handle: createToken }];

/** The account behind `auth_tokens/…` for one new session, which uses the token once; undefined when it is spent. */
export function redeemToken(world: World, name: string): Account | undefined {
  const token = tokens.of(world).get(name);
  const now = world.clock.now();
  if (token === undefined || token.usesLeft === 0) return undefined;
  if (now >= token.newSessionUntil || now >= token.expiresAt) return undefined;
  token.usesLeft -= 1;
  return token.account;
}

function createToken(call: ApiCall): Promise<void> {
  const { world, body, account } = call;
  if (account === undefined) throw call.error('unregistered');
  const now = world.clock.now();
  const expiresAt = timeOf(textOf(read(body, 'expireTime'))) ?? now + 30 * MINUTE_MS;
  if (expiresAt > now + MAX_LIFETIME_MS) throw invalidArgument('expire_time must be less than 20 hours in the future.');
  const token: StoredToken = {
    name: `auth_tokens/${world.ids.urlSafe(64)}`,
    account,
    newSessionUntil: timeOf(textOf(read(body, 'newSessionExpireTime'))) ?? now + MINUTE_MS,
    expiresAt,
    usesLeft: usesOf(numberOf(body.uses)),
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
