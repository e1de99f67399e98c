import type { UpstreamClient } from '../../egress/upstream-client.js';
import type { WholeAnswer } from '../../egress/whole-answer.js';
import type { Clock } from '../../kernel/clock.js';
import { readGoogleError } from '../../kernel/gemini/google-error.js';
import { Scrubber } from '../../kernel/http/scrubber.js';
import { ceilingMs } from '../../kernel/resilience/backoff.js';
import { AccessTokens } from './access-tokens.js';
import { type GoogleRequest, type Json, jsonOf, send } from './google-http.js';
import { KeyProviderError } from './key-provider.js';
import { pause } from './pause.js';

/** A call to Google Cloud; the body is sent as JSON. */
export interface GoogleCall {
  readonly method: GoogleRequest['method'];
  readonly url: URL;
  readonly body?: Json;
}

/** Google Cloud answered with an error; `status` is that of HTTP. */
export class GoogleApiError extends KeyProviderError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Answers that ask to come again: too many calls, and overload. */
const AGAIN: ReadonlySet<number> = new Set([429, 503]);
const TRIES_MAX = 4;
const PAUSES = { base: 1_000, max: 8_000 };

const SCRUBBER = new Scrubber();
const MESSAGE_MAX = 300;

/** Calls to Google Cloud in the name of the service account in a file. */
export class GoogleApi {
  private readonly tokens: AccessTokens;

  constructor(
    private readonly upstream: UpstreamClient,
    private readonly clock: Clock,
    private readonly accountFile: () => string | undefined,
  ) {
    this.tokens = new AccessTokens(upstream, clock);
  }

  /**
   * The answer of a good call. A token that is refused is renewed once; 429 and 503 are tried again with growing pauses.
   * Throws GoogleApiError for an error answer, KeyProviderError when there is none, and the signal's reason.
   */
  async call(call: GoogleCall, signal: AbortSignal): Promise<Json> {
    let renewed = false;
    for (let tries = 1; ; tries++) {
      const answer = await this.try(call);
      if (answer.status < 300) return jsonOf(answer);
      if (answer.status === 401 && !renewed) {
        renewed = true;
        this.tokens.forget();
      } else if (AGAIN.has(answer.status) && tries < TRIES_MAX) {
        await pause(this.clock, ceilingMs(PAUSES, tries), signal);
      } else {
        throw errorOf(call, answer);
      }
    }
  }

  private async try({ method, url, body }: GoogleCall): Promise<WholeAnswer> {
    const file = this.accountFile();
    if (file === undefined) throw new KeyProviderError('gemini.rotation.provider.service_account_file is not set.');
    const token = await this.tokens.of(file);
    return send(this.upstream, this.clock, {
      method,
      url,
      authorization: `Bearer ${token.reveal()}`,
      body: body && { type: 'application/json', text: JSON.stringify(body) },
    });
  }
}

/** Google's words, short and without anything that looks like a credential. */
export function saidBy(message: string): string {
  return SCRUBBER.text(message).slice(0, MESSAGE_MAX);
}

function errorOf({ method, url }: GoogleCall, { status, body }: WholeAnswer): GoogleApiError {
  const { message, code } = readGoogleError(body);
  const said = saidBy([code, message].filter((part) => part !== '').join(': '));
  return new GoogleApiError(status, `Google Cloud answered ${status} to ${method} ${url.pathname} (${said}).`);
}
