import type { ConfigDocument } from './document/config-document.js';
import type { Environment } from './environment.js';
import { loadDocument, type LoadOptions, type LoadResult } from './loader.js';

/** Demo mode keeps its own state, beside that of a real start. */
export const DEMO_DATA_DIR = 'data/demo';

/** The upstream of demo mode. */
export interface DemoUpstream {
  readonly baseUrl: string;
  /** Keys that it accepts, at least one. */
  readonly keys: readonly string[];
}

/** These name stores and keys of a real installation, which a demo must not touch. */
const IGNORED = ['DATABASE_URL', 'REDIS_URL', 'GEMINI_API_KEY', 'GEMINI_PROXY_CONFIG'];

/** The configuration of demo mode: an upstream of its own, a data folder of its own, no store of the environment. */
export function loadDemoConfig(upstream: DemoUpstream, options: Omit<LoadOptions, 'file'>): LoadResult {
  return loadDocument({ kind: 'demo' }, documentOf(upstream), { ...options, env: demoEnvironment(options.env) });
}

/** The environment without the variables that a demo ignores. */
export function demoEnvironment(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !IGNORED.includes(name)));
}

function documentOf({ baseUrl, keys }: DemoUpstream): ConfigDocument {
  return {
    gemini: {
      base_url: baseUrl,
      api_keys: keys.map((key, index) => ({ id: `demo-${index + 1}`, key })),
    },
    // Written down, so that NODE_ENV=production of a container image does not make a demo ask for real secrets.
    security: { environment: 'development' },
    audit: { file: `${DEMO_DATA_DIR}/audit.log` },
    persistence: { data_dir: DEMO_DATA_DIR },
  };
}
