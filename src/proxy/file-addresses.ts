import type { ProxyConfig } from '../config/schema.js';
import type { FileAddresses } from '../kernel/gemini/file-uris.js';
import type { Exchange } from './exchange.js';
import { publicBaseUrl } from './public-origin.js';
import { upstreamBase } from './upstream-base.js';

/** Where files are for an exchange: at upstream, and at the proxy as its caller reaches it. Found when it is asked for. */
export function fileAddresses({ arrival: { request, trustsPeer } }: Exchange, config: ProxyConfig): FileAddresses {
  return {
    get upstream() {
      const { origin, prefix } = upstreamBase(config);
      return `${origin}${prefix}`;
    },
    get proxy() {
      return publicBaseUrl(request, config.server.public_url, trustsPeer);
    },
  };
}
