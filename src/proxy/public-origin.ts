import type { IncomingMessage } from 'node:http';

/**
 * Origin and path prefix under which the caller reaches us: `server.public_url` where it is set, else what the request
 * itself tells; forwarded headers count only behind a trusted proxy.
 */
export function publicBaseUrl(request: IncomingMessage, publicUrl: string | undefined, isTrusted: boolean): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
  const forwarded = (name: string): string | undefined => {
    const value = isTrusted ? request.headers[name] : undefined;
    return typeof value === 'string' && value !== '' ? value.split(',')[0]?.trim() : undefined;
  };
  const isTls = 'encrypted' in request.socket;
  const scheme = forwarded('x-forwarded-proto') ?? (isTls ? 'https' : 'http');
  const host = forwarded('x-forwarded-host') ?? request.headers.host ?? 'localhost';
  const prefix = forwarded('x-forwarded-prefix')?.replace(/\/+$/, '') ?? '';
  return `${scheme}://${host}${prefix}`;
}
