import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EphemeralTokens } from '../../src/auth/ephemeral/ephemeral-tokens.js';
import type { LiveToken } from '../../src/auth/ephemeral/live-token.js';
import { type MintedToken, type NewToken, TokenMint } from '../../src/auth/ephemeral/token-mint.js';
import { Fault } from '../../src/kernel/errors/fault.js';
import type { Principal } from '../../src/kernel/principal.js';
import { Secret } from '../../src/kernel/secret.js';
import { AuthHarness } from './auth.harness.js';

const MINUTE_MS = 60_000;

describe('an ephemeral token', () => {
  let here: AuthHarness;
  let there: AuthHarness;
  beforeAll(async () => {
    here = await AuthHarness.start();
    there = await AuthHarness.replicaOn(here.database, {}, here.clock);
  });
  beforeEach(async () => {
    here.configure({});
    await here.database.dataSource.query('DELETE FROM ephemeral_token');
  });
  afterAll(async () => {
    await there.close();
    await here.stop();
  });

  const mint = (changes: Partial<NewToken> = {}): Promise<MintedToken> => {
    const nowMs = here.clock.now();
    return here.get(TokenMint).add({
      client: 'alice',
      credentialId: 'c-1',
      project: 'p',
      keyId: 'k',
      uses: 1,
      newSessionExpiresAtMs: nowMs + MINUTE_MS,
      expiresAtMs: nowMs + 30 * MINUTE_MS,
      upstream: { name: new Secret('auth_tokens/of-google'), model: 'm' },
      ...changes,
    });
  };
  const tokens = (replica = here): EphemeralTokens => replica.get(EphemeralTokens);
  const behind = async (name: string): Promise<LiveToken> => {
    const token = tokens().behind(await tokens().verify(name));
    if (!token) throw new Error('nothing is behind the principal');
    return token;
  };
  const outcome = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'taken',
      (error: unknown) => (error instanceof Fault ? error.code : String(error)),
    );

  it('stands for the client that minted it, with nothing of its scopes, until it expires', async () => {
    const { id, name } = await mint();
    expect(await tokens(there).verify(name)).toEqual({
      type: 'client',
      id: 'alice',
      role: 'client',
      scopes: [],
      credentialId: id,
      expiresAtMs: here.clock.now() + 30 * MINUTE_MS,
    } satisfies Principal);
  });

  it('leads to what Google gave, which lies sealed in its row', async () => {
    const { id, name } = await mint();
    const token = await behind(name);
    expect(token).toMatchObject({ id, client: 'alice', project: 'p', upstream: { model: 'm' } });
    expect(token.upstream.name.reveal()).toBe('auth_tokens/of-google');
    const rows = JSON.stringify(await here.database.dataSource.query('SELECT * FROM ephemeral_token'));
    expect(rows).not.toContain('of-google');
    expect(rows).not.toContain(name.slice('auth_tokens/'.length));
  });

  it('is behind no principal but its own', async () => {
    const principal = await tokens().verify((await mint()).name);
    expect(tokens().behind({ ...principal })).toBeUndefined();
  });

  it('expires', async () => {
    const { name } = await mint();
    const token = await behind(name);
    here.clock.advance(30 * MINUTE_MS - 1);
    expect(await outcome(tokens().resume(token))).toBe('taken');
    here.clock.advance(1);
    expect(await outcome(tokens().verify(name))).toBe('token_expired');
    expect(await outcome(tokens().resume(token))).toBe('token_expired');
    expect(await outcome(tokens().begin(token))).toBe('token_expired');
  });

  it('begins no session after its time for that, and goes on with those that began', async () => {
    const { name } = await mint({ uses: 2 });
    const token = await behind(name);
    expect(await outcome(tokens().begin(token))).toBe('taken');
    here.clock.advance(MINUTE_MS);
    expect(await outcome(tokens().begin(token))).toBe('live_token_spent');
    expect(await outcome(tokens().resume(token))).toBe('taken');
  });

  it('begins as many sessions as it may, on whichever replica', async () => {
    const token = await behind((await mint({ uses: 3 })).name);
    const asked = Array.from({ length: 6 }, (_, n) => outcome(tokens(n % 2 === 0 ? here : there).begin(token)));
    expect((await Promise.all(asked)).sort()).toEqual([
      ...Array.from({ length: 3 }, () => 'live_token_spent'),
      ...Array.from({ length: 3 }, () => 'taken'),
    ]);
  });

  it('counts for nothing any more on any replica once it was revoked', async () => {
    const { id, name } = await mint({ uses: 5 });
    const token = await behind(name);
    const told: string[] = [];
    here.get(TokenMint).onRevoked((revoked) => told.push(revoked));
    expect(await here.get(TokenMint).revoke(id, 'bob')).toBe(false);
    expect(await here.get(TokenMint).revoke(id, 'alice')).toBe(true);
    expect(await here.get(TokenMint).revoke(id, 'alice')).toBe(false);
    expect(told).toEqual([id]);
    for (const replica of [here, there]) {
      expect(await outcome(tokens(replica).verify(name))).toBe('token_revoked');
      expect(await outcome(tokens(replica).begin(token))).toBe('token_revoked');
      expect(await outcome(tokens(replica).resume(token))).toBe('token_revoked');
    }
  });

  it.each([
    ['auth_tokens/', 'token_malformed'],
    [`auth_tokens/${'g'.repeat(64)}`, 'token_malformed'],
    [`auth_tokens/${'x'.repeat(42)} `, 'token_malformed'],
    [`auth_tokens/${'x'.repeat(43)}`, 'token_invalid'],
  ])('is not %s', async (name, code) => {
    expect(await outcome(tokens().verify(name))).toBe(code);
  });

  it('is unknown to a replica with another master key', async () => {
    const { name } = await mint();
    const other = await AuthHarness.replicaOn(await copyOf(here), {}, here.clock, 'x'.repeat(32));
    expect(await outcome(tokens(other).verify(name))).toBe('token_invalid');
    await other.close();
  });

  it('of nobody in particular opens nothing once callers must say who they are', async () => {
    const { name } = await mint({ client: 'anonymous' });
    here.configure({ enabled: false });
    expect(await tokens().verify(name)).toMatchObject({ type: 'anonymous', id: 'anonymous' });
    here.configure({ enabled: true });
    expect(await outcome(tokens().verify(name))).toBe('token_invalid');
  });

  it('is one of a hundred of its client', async () => {
    const book = here.get(TokenMint);
    await Promise.all(Array.from({ length: 98 }, () => mint()));
    const [first, second] = [await book.reserve('alice'), await book.reserve('alice')];
    expect(await outcome(book.reserve('alice'))).toBe('live_tokens_exhausted');
    expect(await outcome(book.reserve('bob'))).toBe('taken');
    first();
    first();
    const third = await book.reserve('alice');
    expect(await outcome(book.reserve('alice'))).toBe('live_tokens_exhausted');
    second();
    third();
    here.clock.advance(30 * MINUTE_MS);
    expect(await outcome(book.reserve('alice'))).toBe('taken');
  });

  it('is removed after it has expired', async () => {
    await mint();
    await mint({ expiresAtMs: here.clock.now() + 600 * MINUTE_MS });
    const count = async (): Promise<number> =>
      (await here.database.dataSource.query<unknown[]>('SELECT id FROM ephemeral_token')).length;
    expect(await count()).toBe(2);
    for (let tries = 0; tries < 50 && (await count()) > 1; tries += 1) here.clock.advance(10 * MINUTE_MS);
    expect(await count()).toBe(1);
  });

  it('cannot be judged while the database is away', async () => {
    const { name } = await mint();
    await here.database.dataSource.query('ALTER TABLE ephemeral_token RENAME TO away');
    expect(await outcome(tokens().verify(name))).toBe('store_unavailable');
    expect(await outcome(here.get(TokenMint).reserve('alice'))).toBe('store_unavailable');
    await here.database.dataSource.query('ALTER TABLE away RENAME TO ephemeral_token');
    expect(await outcome(tokens().verify(name))).toBe('taken');
  });
});

/** The same database for a replica that cannot open the signing keys in it. */
async function copyOf({ database }: AuthHarness): Promise<AuthHarness['database']> {
  await database.dataSource.query('DELETE FROM signing_key');
  return database;
}
