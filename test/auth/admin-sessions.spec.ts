import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { LoginService } from '../../src/auth/login.service.js';
import { AdminSessions } from '../../src/auth/admin-sessions.js';
import { TokenVerifier } from '../../src/auth/token-verifier.js';
import { hashPassword } from '../../src/auth/passwords.js';
import { AdminSessionRepository } from '../../src/persistence/repositories/admin-session.repository.js';
import { AuthHarness, cheapHash } from './auth.harness.js';

const PASSWORD = 'correct horse battery staple';
const AUTH = {
  admin_password: cheapHash(PASSWORD),
  session_ttl: '1h',
  users: [{ name: 'olga', password: cheapHash('o'.repeat(20)), role: 'operator' }],
};
const HOUR_MS = 3_600_000;

describe('sessions', () => {
  let here: AuthHarness;
  let there: AuthHarness;

  beforeAll(async () => {
    here = await AuthHarness.start(AUTH);
    there = await AuthHarness.replicaOn(here.database, AUTH, here.clock);
  });
  afterEach(() => {
    here.configure(AUTH);
  });
  afterAll(async () => {
    await there.close();
    await here.stop();
  });

  function login(username = 'admin', password = PASSWORD, harness = here) {
    return harness.get(LoginService).login({ username, password, sourceIp: '192.0.2.7' });
  }

  function verify(token: string, harness = here) {
    return harness.get(TokenVerifier).verify(token, 'control');
  }

  it('begin with a right password, and their token stands for the admin', async () => {
    const opened = await login();

    expect(opened.expiresInSeconds).toBe(3600);
    expect(verify(opened.accessToken)).toEqual({
      type: 'admin',
      id: 'admin',
      role: 'admin',
      scopes: [],
      credentialId: opened.sessionId,
      expiresAtMs: here.clock.now() + HOUR_MS,
    });
  });

  it('have the role that the configuration gives the user', async () => {
    const opened = await login('olga', 'o'.repeat(20));

    expect(verify(opened.accessToken)).toMatchObject({ id: 'olga', role: 'operator' });
  });

  it('begin with a password whose scrypt hash is configured', async () => {
    here.configure({ ...AUTH, admin_password: await hashPassword('hashed one') });

    expect((await login('admin', 'hashed one')).principal.id).toBe('admin');
    await expect(login()).rejects.toMatchObject({ code: 'login_failed' });
  });

  it('begin with a plain password that is configured', async () => {
    here.configure({ ...AUTH, admin_password: 'plain one' });

    expect((await login('admin', 'plain one')).principal.id).toBe('admin');
  });

  it('begin with the new password as soon as the configuration changed', async () => {
    await login();
    here.configure({ ...AUTH, admin_password: 'the new one' });

    await expect(login()).rejects.toMatchObject({ code: 'login_failed' });
    expect((await login('admin', 'the new one')).principal.role).toBe('admin');
  });

  it.each([
    ['a wrong password', 'admin', 'wrong'],
    ['an unknown user', 'nobody', PASSWORD],
    ["another user's password", 'olga', PASSWORD],
    ['the empty password', 'admin', ''],
  ])('do not begin with %s, and the answer is the same', async (_, username, password) => {
    await expect(login(username, password)).rejects.toMatchObject({
      code: 'login_failed',
      message: 'The user name or the password is wrong.',
    });
  });

  it('cannot begin with any password while none is configured', async () => {
    here.configure({ ...AUTH, admin_password: '' });

    await expect(login('admin', '')).rejects.toMatchObject({ code: 'login_failed' });
    await expect(login()).rejects.toMatchObject({ code: 'login_failed' });
  });

  it('end at once when they are revoked, also for a token that was just used', async () => {
    const { accessToken, sessionId } = await login();
    await verify(accessToken);

    const revoked = here.get(AdminSessions).revoke(sessionId);

    await expect(async () => verify(accessToken)).rejects.toMatchObject({ code: 'token_revoked' });
    expect(await revoked).toBe(true);
    await expect(async () => verify(accessToken)).rejects.toMatchObject({ code: 'token_revoked' });
    expect(await here.get(AdminSessions).revoke(sessionId)).toBe(false);
  });

  it('that end cannot come back through a look-up that was under way', async () => {
    const { accessToken, sessionId } = await login('admin', PASSWORD, there);

    const lookUp = Promise.resolve(verify(accessToken)).then(
      () => 'accepted',
      () => 'refused',
    );
    await here.get(AdminSessions).revoke(sessionId);
    await lookUp;

    await expect(async () => verify(accessToken)).rejects.toMatchObject({ code: 'token_revoked' });
  });

  it('that were revoked stay refused here when the row could not be written, and the revocation says so', async () => {
    const { accessToken, sessionId } = await login();
    await here.database.dataSource.query('ALTER TABLE admin_session RENAME COLUMN revoked_at TO hidden');

    await expect(here.get(AdminSessions).revoke(sessionId)).rejects.toMatchObject({ code: 'store_unavailable' });
    await here.database.dataSource.query('ALTER TABLE admin_session RENAME COLUMN hidden TO revoked_at');

    await expect(async () => verify(accessToken)).rejects.toMatchObject({ code: 'token_revoked' });
    expect(await here.get(AdminSessions).revoke(sessionId)).toBe(true);
  });

  it('end when their time is over', async () => {
    const { accessToken } = await login();
    here.clock.advance(HOUR_MS + 1000);

    expect(() => verify(accessToken)).toThrow(expect.objectContaining({ code: 'token_expired' }));
  });

  it('of another replica are known here from their row on', async () => {
    const { accessToken } = await login('admin', PASSWORD, there);

    expect(await verify(accessToken)).toMatchObject({ id: 'admin' });
    expect(verify(accessToken)).not.toBeInstanceOf(Promise);
  });

  it('outlive a restart', async () => {
    const { accessToken } = await login();
    const restarted = await AuthHarness.replicaOn(here.database, AUTH, here.clock);

    expect(verify(accessToken, restarted)).toMatchObject({ id: 'admin' });
    await restarted.close();
  });

  it('that nobody opened are refused although the token is signed by this proxy', async () => {
    const { accessToken, sessionId } = await login();
    await here.database.dataSource.query('DELETE FROM admin_session WHERE id = $1', [sessionId]);

    await expect(async () => verify(accessToken, there)).rejects.toMatchObject({ code: 'token_revoked' });
  });

  it('note when they were last seen, at most once a minute', async () => {
    const { accessToken, sessionId } = await login();
    const rows = here.get(AdminSessionRepository);
    const opened = await rows.find(sessionId);
    here.clock.advance(59_000);
    await verify(accessToken);
    here.clock.advance(2_000);
    await verify(accessToken);

    await eventually(async () => {
      const seen = await rows.find(sessionId);
      expect(seen!.lastSeenAt.getTime() - opened!.lastSeenAt.getTime()).toBe(61_000);
    });
  });

  it('are listed while they count, those of other replicas included', async () => {
    const mine = await login();
    const theirs = await login('admin', PASSWORD, there);
    const ended = await login();
    await here.get(AdminSessions).revoke(ended.sessionId);

    const ids = (await here.get(AdminSessions).list()).map(({ id }) => id);

    expect(ids).toEqual(expect.arrayContaining([mine.sessionId, theirs.sessionId]));
    expect(ids).not.toContain(ended.sessionId);
  });
});

async function eventually(check: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
