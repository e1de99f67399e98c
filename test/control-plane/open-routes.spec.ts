import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ControlPlaneHarness } from './control-plane.harness.js';

describe('metrics and documentation', () => {
  let plane: ControlPlaneHarness;

  beforeAll(async () => {
    plane = await ControlPlaneHarness.start({ demo: true });
  });
  afterAll(() => plane.stop());

  it('serves the four metrics of the first version, with the requests counted here', async () => {
    await plane.http.get('/auth/session').expect(401);
    const { text, headers } = await plane.http.get('/metrics').expect(200);

    expect(headers['content-type']).toMatch(/^text\/plain/);
    for (const name of ['http_requests_total', 'gemini_api_calls_total', 'auth_failures_total', 'api_key_usage']) {
      expect(text).toMatch(new RegExp(`^# TYPE ${name} counter$`, 'm'));
    }
    expect(text).toMatch(
      /^http_requests_total\{(?=[^}]*plane="control")(?=[^}]*method="GET")[^}]*status="401"[^}]*\} 1$/m,
    );
  });

  it('has no /metrics while they are switched off', async () => {
    plane.configure({ metrics: { enabled: false } });
    const { body } = await plane.http.get('/metrics').expect(404);
    expect(body).toMatchObject({ code: 'not_found' });

    await plane.http.get('/health/live').expect(200);
    plane.configure({});
  });

  it('serves Swagger UI with everything that its page loads', async () => {
    const page = await plane.http.get('/docs').redirects(1).expect(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path = '']) => path);
    expect(assets.length).toBeGreaterThan(2);

    for (const asset of assets) {
      await plane.http.get(new URL(asset, 'http://x/docs').pathname).expect(200);
    }
  });

  it('describes itself in OpenAPI 3.1: every /api route names the session and its refusals', async () => {
    const { body } = await plane.http.get('/docs-json').expect(200);
    const { openapi, paths, components } = body as OpenApi;

    expect(openapi).toBe('3.1.0');
    expect(components.securitySchemes).toEqual({ session: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } });
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/auth/login', '/auth/session', '/api/sessions', '/health']),
    );
    const operations = Object.entries(paths)
      .filter(([path]) => path.startsWith('/api/'))
      .flatMap(([, methods]) => Object.values(methods));
    expect(operations.length).toBeGreaterThan(1);
    for (const operation of operations) {
      expect(operation.security).toEqual([{ session: [] }]);
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403', 'default']));
    }
    const login = paths['/auth/login']?.['post']?.responses['default'];
    expect(login).toMatchObject({
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDto' } } },
    });
    expect(components.schemas['ProblemDto']).toMatchObject({ type: 'object' });
    expect(components.schemas['LoginDto']).toMatchObject({ required: ['password'] });
  });

  it('says on every answer that it is a demo, and which request it was', async () => {
    for (const path of ['/health/live', '/nowhere', '/docs-json']) {
      const { headers } = await plane.http.get(path);

      expect(headers['x-gemini-proxy-demo']).toBe('true');
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('believes X-Forwarded-For only from a trusted proxy', async () => {
    const { token } = await plane.login();
    const { body } = await plane.http
      .get('/auth/session')
      .set('authorization', `Bearer ${token}`)
      .set('x-forwarded-for', '203.0.113.9');
    expect(body).toMatchObject({ source_ip: '127.0.0.1' });
    await plane.http.post('/auth/login').set('x-forwarded-for', '203.0.113.9').send({ password: 'wrong' }).expect(401);
    expect(JSON.stringify(await plane.auditLines())).not.toContain('203.0.113.9');
  });
});

describe('behind a trusted proxy', () => {
  it('knows callers by X-Forwarded-For', async () => {
    const plane = await ControlPlaneHarness.start({ config: { server: { trust_proxy: ['127.0.0.0/8'] } } });
    const { body } = await plane.http
      .post('/auth/login')
      .set('x-forwarded-for', '203.0.113.9')
      .send({ password: 'correct horse battery staple' })
      .expect(200);
    const { access_token: token } = body as { access_token: string };
    const session = await plane.http.get('/auth/session').set('authorization', `Bearer ${token}`).expect(200);

    expect(session.body).toMatchObject({ source_ip: '203.0.113.9' });
    await plane.stop();
  });
});

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { security?: unknown; responses: Record<string, unknown> }>>;
  readonly components: { readonly schemas: Record<string, unknown>; readonly securitySchemes: unknown };
}
