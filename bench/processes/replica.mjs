// A whole replica from the build, with everything on, in a folder of its own that goes away with it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application } from '../../dist/src/application.js';
import { AuditLog } from '../../dist/src/audit/audit-log.js';
import { TokenIssuer } from '../../dist/src/auth/token-issuer.js';
import { loadDocument } from '../../dist/src/config/loader.js';

const HOUR_MS = 3_600_000;
const KEYS = ['alpha', 'beta', 'gamma'];

/** Limits are on and counted; they are only too wide to be met. */
const WIDE = 1_000_000_000;

function documentOf(upstream, folder) {
  return {
    server: { host: '127.0.0.1', port: 0, drain_timeout: '1s' },
    gemini: {
      base_url: upstream,
      api_keys: KEYS.map((id) => ({ id, key: `bench-key-${id}-0123456789-0123456789-abcdef` })),
    },
    auth: { jwt_secret: 'A-shared-secret-for-the-benchmark-only-1', admin_password: 'correct horse battery staple' },
    metrics: { prometheus_port: 0 },
    rate_limit: { per_ip: { requests: WIDE, burst: WIDE }, per_client: { requests: WIDE } },
    security: { environment: 'development', master_key: 'a master key for the benchmark only, 32 characters' },
    audit: { file: join(folder, 'audit.log') },
    persistence: { data_dir: join(folder, 'data') },
    logging: { level: 'info', pretty: 'false' },
  };
}

/** Resolves with a service for `measuredProcess`, and the application for those who look inside. */
export async function startReplica({ upstream }) {
  const folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-bench-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    // No variable of the environment is looked at: stores and keys of a real installation stay untouched.
    const loaded = loadDocument({ kind: 'environment' }, documentOf(upstream, folder), { env: {}, cwd: folder });
    if (!loaded.ok) throw new Error(`the configuration is refused: ${JSON.stringify(loaded.violations)}`);
    const application = await Application.start({ loaded, demo: false });
    const { token } = await application.get(TokenIssuer).issueClientToken({ client: 'bench', ttlMs: HOUR_MS });
    const audit = application.get(AuditLog);
    return {
      application,
      ready: { url: `http://127.0.0.1:${application.dataPort}`, token },
      settle: () => audit.flush(),
      stop: () => application.stop().finally(remove),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
