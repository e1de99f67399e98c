import type { ProxyConfig } from '../config/schema.js';

/** The configured address of upstream, taken apart. */
export interface UpstreamBase {
  readonly url: URL;
  readonly origin: string;
  /** Path prefix without a slash at its end. */
  readonly prefix: string;
}

/** Taken apart once for each configuration, not once for each call. */
const known = new WeakMap<ProxyConfig['gemini'], UpstreamBase>();

/** The address in `gemini.base_url`. */
export function upstreamBase({ gemini }: ProxyConfig): UpstreamBase {
  let base = known.get(gemini);
  if (!base) {
    const url = new URL(gemini.base_url);
    base = { url, origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
    known.set(gemini, base);
  }
  return base;
}
