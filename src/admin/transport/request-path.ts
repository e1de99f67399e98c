import type { FastifyRequest } from 'fastify';

/** The path of the request as it was sent, without its query, which may hold secrets. */
export function pathOf(request: FastifyRequest): string {
  const end = request.url.indexOf('?');
  return end === -1 ? request.url : request.url.slice(0, end);
}
