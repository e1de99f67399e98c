import type { UpstreamClient } from '../../egress/upstream-client.js';
import type { WholeAnswer } from '../../egress/whole-answer.js';
import type { Clock } from '../../kernel/clock.js';
import { Secret } from '../../kernel/secret.js';
import { jsonOf, send } from './google-http.js';
import { KeyProviderError } from './key-provider.js';
import { ServiceAccount } from './service-account.js';

/** A token is not used in the last minute of its life: calls take time. */
const MARGIN_MS = 60_000;

interface AccessToken {
  readonly secret: Secret;
  readonly file: string;
  readonly untilMs: number;
}

/**
 * Access tokens of a service account: the JWT bearer grant (RFC 7523). A token is kept until it expires; the file is read
 * anew for each, so that a replaced file needs no restart.
 */
export class AccessTokens {
  private token: AccessToken | undefined;

  constructor(
    private readonly upstream: UpstreamClient,
    private readonly clock: Clock,
  ) {}

  /** A token of the account in the file. Throws KeyProviderError when there is none to be had. */
  async of(file: string): Promise<Secret> {
    if (this.token?.file === file && this.token.untilMs > this.clock.now()) return this.token.secret;
    const account = await ServiceAccount.load(file);
    const grant = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: account.assertion(this.clock.now()),
    });
    const body = { type: 'application/x-www-form-urlencoded', text: grant.toString() };
    const answer = await send(this.upstream, this.clock, { method: 'POST', url: account.tokenUrl, body });
    const { access_token: text, expires_in: seconds } = jsonOf(answer);
    const isToken = answer.status === 200 && typeof text === 'string' && typeof seconds === 'number';
    if (!isToken) throw refusal(account, answer);
    const untilMs = this.clock.now() + seconds * 1000 - MARGIN_MS;
    this.token = { secret: new Secret(text), file, untilMs };
    return this.token.secret;
  }

  /** The next call gets a new token. */
  forget(): void {
    this.token = undefined;
  }
}

/** The body of a refusal may quote the assertion, so that only its error code is repeated (RFC 6749, 5.2). */
function refusal({ email, tokenUrl }: ServiceAccount, answer: WholeAnswer): KeyProviderError {
  const { error } = jsonOf(answer);
  const code = typeof error === 'string' && /^\w{1,40}$/.test(error) ? `, ${error}` : '';
  return new KeyProviderError(
    `${tokenUrl.origin} gives the service account ${email} no access token (${answer.status}${code}).`,
  );
}
