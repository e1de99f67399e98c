import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

/** Tells the caller's address, believing `X-Forwarded-For` only from the trusted networks. */
export type SourceIp = (request: IncomingMessage) => string;

/** `trusted` are the networks of the proxies in front of us (`server.trust_proxy`). */
export function sourceIpReader(trusted: readonly string[]): SourceIp {
  if (trusted.length === 0) return (request) => request.socket.remoteAddress ?? '';
  const trust = proxyAddr.compile([...trusted]);
  return (request) => proxyAddr(request, trust);
}
