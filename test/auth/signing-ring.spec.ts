import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TokenIssuer } from '../../src/auth/token-issuer.js';
import { TokenVerifier } from '../../src/auth/token-verifier.js';
import { Vault } from '../../src/vault/vault.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { AuthHarness } from './auth.harness.js';

describe('SigningRing', () => {
  let database: TestDatabase;
  let replicas: AuthHarness[];

  beforeEach(async () => {
    database = await createTestDatabase();
    replicas = [];
  });
  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await database.drop();
  });

  async function replica(): Promise<AuthHarness> {
    const started = await AuthHarness.replicaOn(database);
    replicas.push(started);
    return started;
  }

  async function tokenOf(harness: AuthHarness): Promise<string> {
    return (await harness.get(TokenIssuer).issueClientToken({ client: 'team-a', ttlMs: 3_600_000 })).token;
  }

  it('makes one key, however many replicas start at once, and each takes the tokens of the others', async () => {
    const [first, second, third] = await Promise.all([replica(), replica(), replica()]);
    const tokens = await Promise.all([first, second, third].map(tokenOf));

    expect(await database.dataSource.query('SELECT count(*)::int AS keys FROM signing_key')).toEqual([{ keys: 1 }]);
    for (const token of tokens) {
      for (const harness of [first, second, third]) {
        expect(harness.get(TokenVerifier).verify(token, 'data')).toMatchObject({ id: 'team-a' });
      }
    }
  });

  it('keeps accepting the tokens of older keys and signs with the newest', async () => {
    const old = await tokenOf(await replica());
    const sealed = replicas[0]!.get(Vault).seal('signing-key', Buffer.alloc(32, 7).toString('base64url'));
    await database.dataSource.query(
      "INSERT INTO signing_key (kid, sealed, created_at) SELECT $1, $2, created_at + interval '1 day' FROM signing_key",
      ['newer', sealed],
    );
    const later = await replica();

    expect(later.get(TokenVerifier).verify(old, 'data')).toMatchObject({ id: 'team-a' });
    expect(Buffer.from((await tokenOf(later)).split('.')[0]!, 'base64url').toString()).toContain('"kid":"newer"');
  });

  it('stores no key that can be read without the master key', async () => {
    await replica();
    const rows: unknown = await database.dataSource.query('SELECT sealed FROM signing_key');
    const [{ sealed }] = rows as [{ sealed: string }];

    expect(replicas[0]!.get(Vault).open('signing-key', sealed)).toMatch(/^[\w-]{43}$/);
    expect(replicas[0]!.get(Vault).open('another purpose', sealed)).toBeUndefined();
  });

  it('refuses to start with another master key, and says what to do', async () => {
    await replica();

    await expect(AuthHarness.replicaOn(database, {}, undefined, 'x'.repeat(40))).rejects.toThrow(
      /cannot be opened with this master key\. Start with the master key that sealed it/,
    );
  });
});
