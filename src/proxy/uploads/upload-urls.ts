import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { Fault } from '../../kernel/errors/fault.js';
import type { AnswerHeaders } from '../answered.js';
import type { Exchange } from '../exchange.js';
import { publicBaseUrl } from '../public-origin.js';
import { upstreamBase } from '../upstream-base.js';
import { UploadSessions } from './upload-session.js';

/** Headers in which Google names the URL of an upload session. */
const URL_HEADERS = ['x-goog-upload-url', 'x-goog-upload-control-url', 'location'] as const;

/** Points upload sessions at the proxy: clients differ in whether they would do so themselves (wire facts A.5). */
@Injectable()
export class UploadUrls {
  constructor(
    private readonly sessions: UploadSessions,
    private readonly config: ConfigStore,
  ) {}

  /** Replaces the URLs of an upload's answer, in place; `said` are upstream's own headers. Others are left alone. */
  rewrite(
    exchange: Exchange,
    headers: Record<string, string | string[]>,
    said: AnswerHeaders,
  ): Record<string, string | string[]> {
    if (exchange.route.surface !== 'upload') return headers;
    for (const name of URL_HEADERS) {
      const url = said[name];
      if (typeof url === 'string') headers[name] = this.sealed(exchange, url);
    }
    return headers;
  }

  /** Takes the upload URLs out of a failed start, which has no session to go on with; they are secret. */
  withhold(headers: Record<string, string | string[]>): Record<string, string | string[]> {
    return Object.fromEntries(Object.entries(headers).filter(([name]) => !isUrlHeader(name)));
  }

  private sealed(exchange: Exchange, url: string): string {
    const { server } = this.config.current;
    const { principal, key } = exchange;
    if (!principal || !key) throw new Error('an upload was forwarded for nobody');
    const target = URL.parse(url, upstreamBase(this.config.current).origin);
    if (!target) throw new Fault('upstream_redirect_refused');
    const base = publicBaseUrl(exchange.arrival.request, server.public_url, exchange.arrival.trustsPeer);
    const id = this.sessions.seal({ principal, key: key.id, url: target.href });
    return `${base}${exchange.route.path}?upload_id=${id}&upload_protocol=resumable`;
  }
}

function isUrlHeader(name: string): boolean {
  return URL_HEADERS.some((header) => header === name);
}
