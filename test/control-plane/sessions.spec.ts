import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ControlPlaneHarness, PASSWORD } from './control-plane.harness.js';

describe('sessions over HTTP', () => {
  let plane: ControlPlaneHarness;

  beforeAll(async () => {
    plane = await ControlPlaneHarness.start();
  });
  afterAll(() => plane.stop());

  it('begin with a login, with or without the user name', async () => {
    for (const body of [{ password: PASSWORD }, { username: 'admin', password: PASSWORD }]) {
      const answer = await plane.http.post('/auth/login').send(body).expect(200);

      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.body).toEqual({
        access_token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
        token_type: 'Bearer',
        expires_in: 12 * 3600,
        session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    }
  });

  it('are described to their admin', async () => {
    const { token, id } = await plane.login();
    const { body } = await plane.http.get('/auth/session').set('authorization', `Bearer ${token}`).expect(200);

    expect(body).toEqual({
      id,
      current: true,
      username: 'admin',
      role: 'admin',
      created_at: expect.stringMatching(/Z$/),
      last_seen_at: expect.stringMatching(/Z$/),
      expires_at: expect.stringMatching(/Z$/),
      source_ip: '127.0.0.1',
    });
    const rows: unknown = await plane.database.dataSource.query('SELECT username FROM admin_session WHERE id = $1', [
      id,
    ]);
    expect(rows).toEqual([{ username: 'admin' }]);
  });

  it('end with a logout: the token is refused at once, and again later', async () => {
    const { token } = await plane.login();
    await plane.http.post('/auth/logout').set('authorization', `Bearer ${token}`).expect(204);

    for (const path of ['/auth/session', '/api/sessions']) {
      const { body } = await plane.http.get(path).set('authorization', `Bearer ${token}`).expect(401);
      expect(body).toMatchObject({ code: 'token_revoked' });
    }
  });

  it('are listed and revoked by an admin', async () => {
    const [own, other] = [await plane.login(), await plane.login('viewer', `viewer-${PASSWORD}`)];
    const { body } = await plane.http.get('/api/sessions').set('authorization', `Bearer ${own.token}`).expect(200);
    const { items, next } = body as { items: { id: string; current: boolean; role: string }[]; next: unknown };

    expect(next).toBeNull();
    expect(items.find(({ id }) => id === own.id)).toMatchObject({ current: true, role: 'admin' });
    expect(items.find(({ id }) => id === other.id)).toMatchObject({ current: false, role: 'viewer' });

    await plane.http.delete(`/api/sessions/${other.id}`).set('authorization', `Bearer ${own.token}`).expect(204);
    await plane.http.get('/auth/session').set('authorization', `Bearer ${other.token}`).expect(401);
    const again = await plane.http.delete(`/api/sessions/${other.id}`).set('authorization', `Bearer ${own.token}`);
    expect(again.status).toBe(404);
    expect(again.body).toMatchObject({ code: 'not_found' });
  });

  it.each(['not-a-uuid', '%00', "1'%20OR%20'1'='1"])('are not looked for under the id %s', async (id) => {
    const { token } = await plane.login();
    const { body } = await plane.http.delete(`/api/sessions/${id}`).set('authorization', `Bearer ${token}`).expect(400);

    expect(body).toMatchObject({ code: 'validation_failed', errors: [{ path: 'id' }] });
  });

  it('do not begin with anything wrong, and nothing tells what was wrong', async () => {
    const answers = await Promise.all(
      [
        { password: 'wrong' },
        { username: 'nobody', password: PASSWORD },
        { username: 'viewer', password: PASSWORD },
      ].map(async (body) => plane.http.post('/auth/login').send(body).expect(401)),
    );
    const bodies = answers.map(({ body }) => ({ ...(body as object), request_id: '' }));

    expect(bodies[0]).toMatchObject({ code: 'login_failed', status: 401 });
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[2]).toEqual(bodies[0]);
  });

  it('leave lines in the audit that name who, but never a password or token', async () => {
    const { token } = await plane.login();
    await plane.http.post('/auth/login').send({ password: 'a-wrong-one' }).expect(401);
    await plane.http.get('/auth/session?key=leak').expect(401);
    await plane.http.get('/api/nowhere').expect(404);
    await plane.http.post('/auth/logout').set('authorization', `Bearer ${token}`).expect(204);
    const lines = await plane.auditLines();
    const events = lines.map(({ event_type, action, result, actor }) => ({ event_type, action, result, actor }));
    const admin = { type: 'admin', id: 'admin' };

    expect(events).toContainEqual({
      event_type: 'AuthEvent',
      action: 'POST /auth/login',
      result: 'Success',
      actor: admin,
    });
    expect(events).toContainEqual({
      event_type: 'AuthEvent',
      action: 'POST /auth/login',
      result: 'Denied',
      actor: undefined,
    });
    expect(events).toContainEqual({
      event_type: 'AuthEvent',
      action: 'POST /auth/logout',
      result: 'Success',
      actor: admin,
    });
    expect(events).toContainEqual(
      expect.objectContaining({ event_type: 'AuthEvent', action: 'GET /auth/session', result: 'Denied' }),
    );
    expect(events).toContainEqual(expect.objectContaining({ event_type: 'SecurityEvent', action: 'GET /api/nowhere' }));
    const text = JSON.stringify(lines);
    for (const secret of [PASSWORD, 'a-wrong-one', token, 'leak']) expect(text).not.toContain(secret);
  });
});
