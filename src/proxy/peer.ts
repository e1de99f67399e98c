import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

/** Tells who is at the other end, believing forwarded headers only from the trusted networks. */
export interface PeerReader {
  /** The caller's address. */
  sourceIp(request: IncomingMessage): string;
  /** Whether the direct peer is one of the trusted proxies. */
  trusts(request: IncomingMessage): boolean;
}

const TRUSTS_NOBODY: PeerReader = {
  sourceIp: (request) => request.socket.remoteAddress ?? '',
  trusts: () => false,
};

/** `trusted` are the networks of the proxies in front of us (`server.trust_proxy`). */
export function peerReader(trusted: readonly string[]): PeerReader {
  if (trusted.length === 0) return TRUSTS_NOBODY;
  const trust = proxyAddr.compile([...trusted]);
  return {
    sourceIp: (request) => proxyAddr(request, trust),
    trusts: (request) => trust(request.socket.remoteAddress ?? '', 0),
  };
}
