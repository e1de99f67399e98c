import { createHash } from 'node:crypto';
import type { ConfigStore } from '../../config/config.store.js';
import type { ProxyConfig } from '../../config/schema.js';
import type { UpstreamClient } from '../../egress/upstream-client.js';
import { isMapping } from '../../config/option-path.js';
import type { Clock } from '../../kernel/clock.js';
import { ceilingMs } from '../../kernel/resilience/backoff.js';
import { Secret } from '../../kernel/secret.js';
import { GoogleApi, GoogleApiError, saidBy } from './google-api.js';
import type { Json } from './google-http.js';
import { type KeyOrder, KeyProvider, KeyProviderError, type ProvidedKey } from './key-provider.js';
import { pause } from './pause.js';

/** What the provider needs of the replica. */
export interface Surroundings {
  readonly config: ConfigStore;
  readonly upstream: UpstreamClient;
  readonly clock: Clock;
}

type Options = ProxyConfig['gemini']['rotation']['provider'];

/** The service that keys are made for; Google refuses keys without such a restriction (wire facts G). */
const GEMINI = 'generativelanguage.googleapis.com';

const DISPLAY_NAME_MAX = 63;

/** Making a key takes seconds; an operation that is not done by then is given up. */
const POLLS_MAX = 20;
const POLL_PAUSES = { base: 1_000, max: 8_000 };

/** Nobody but the API that it was asked of names resources and operations, and no such name leaves its place. */
const KEY_NAME = /^projects\/[\w.:-]+\/locations\/global\/keys\/[\w-]+$/;
const OPERATION_NAME = /^operations\/[\w.-]+$/;

/**
 * Keys of Google Cloud's API Keys API v2 (cloud.google.com/api-keys/docs/reference/rest/v2): `keys.create` and
 * `keys.delete` are long-running operations; the id of a new key may be chosen, which makes creation repeatable; the text
 * of a key is told by `keys.getKeyString` alone; a deleted key can be restored for 30 days. A key that is bound to a
 * service account (`serviceAccountEmail`) is an auth key.
 */
export class GoogleKeysProvider extends KeyProvider {
  private constructor(
    private readonly api: GoogleApi,
    private readonly clock: Clock,
    private readonly options: () => Options,
    private readonly origin: string,
  ) {
    super();
  }

  /** The provider that `gemini.rotation.provider` describes; another origin stands in for Google's in tests. */
  static for({ config, upstream, clock }: Surroundings, origin = 'https://apikeys.googleapis.com'): GoogleKeysProvider {
    const options = (): Options => config.current.gemini.rotation.provider;
    const api = new GoogleApi(upstream, clock, () => options().service_account_file);
    return new GoogleKeysProvider(api, clock, options, origin);
  }

  serves(project: string): boolean {
    return this.options().service_account_file !== undefined && this.place(project) !== undefined;
  }

  async create(order: KeyOrder, signal: AbortSignal): Promise<ProvidedKey> {
    const place = this.place(order.project);
    if (!place) throw new KeyProviderError(`No keys are made for project ${order.project}.`);
    const { parent, account } = place;
    const id = googleId(order);
    const body = {
      displayName: `gemini-proxy ${order.keyId}`.slice(0, DISPLAY_NAME_MAX),
      restrictions: { apiTargets: [{ service: GEMINI }] },
      ...(account !== undefined && { serviceAccountEmail: account }),
    };
    try {
      await this.finish(await this.call('POST', `${parent}/keys?keyId=${id}`, signal, body), signal);
    } catch (error) {
      // The id is taken: an earlier try made this very key.
      if (!(error instanceof GoogleApiError) || error.status !== 409) throw error;
    }
    const name = `${parent}/keys/${id}`;
    return { name, secret: await this.keyString(name, signal) };
  }

  nameOf(order: KeyOrder): string | undefined {
    const place = this.place(order.project);
    return place && `${place.parent}/keys/${googleId(order)}`;
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    if (!KEY_NAME.test(name)) throw new KeyProviderError(`${name} is no name of a key of Google Cloud.`);
    try {
      await this.finish(await this.call('DELETE', name, signal), signal);
    } catch (error) {
      if (!(error instanceof GoogleApiError) || error.status !== 404) throw error;
    }
  }

  /** Where keys of a project are made; keys are global, so that there is one location. */
  private place(project: string): { readonly parent: string; readonly account: string | undefined } | undefined {
    const { projects } = this.options();
    const provided = Object.hasOwn(projects, project) ? projects[project] : undefined;
    return provided && { parent: `projects/${provided.id}/locations/global`, account: provided.account };
  }

  private async keyString(name: string, signal: AbortSignal): Promise<Secret> {
    const { keyString } = await this.call('GET', `${name}/keyString`, signal);
    if (typeof keyString !== 'string' || keyString === '') {
      throw new KeyProviderError(`Google Cloud does not tell the text of ${name}.`);
    }
    return new Secret(keyString);
  }

  /** Polls an operation until it is done. Throws KeyProviderError when it failed or takes too long. */
  private async finish(operation: Json, signal: AbortSignal): Promise<void> {
    let state = operation;
    for (let polls = 1; state['done'] !== true; polls++) {
      const name = String(operation['name']);
      if (!OPERATION_NAME.test(name)) throw new KeyProviderError('Google Cloud names no operation to wait for.');
      if (polls > POLLS_MAX) throw new KeyProviderError(`Google Cloud has not finished ${name} in time.`);
      await pause(this.clock, ceilingMs(POLL_PAUSES, polls), signal);
      state = await this.call('GET', name, signal);
    }
    const { error } = state;
    if (isMapping(error)) throw operationError(error);
  }

  private call(method: 'GET' | 'POST' | 'DELETE', path: string, signal: AbortSignal, body?: Json): Promise<Json> {
    return this.api.call({ method, url: new URL(`${this.origin}/v2/${path}`), body }, signal);
  }
}

/** Ids are lower-case letters, digits and dashes, at most 63 of them, and no UUID (CreateKeyRequest.key_id). */
function googleId({ orderId }: KeyOrder): string {
  return `gemini-proxy-${createHash('sha256').update(orderId).digest('hex').slice(0, 32)}`;
}

/** A google.rpc.Status: its numbers are those of google.rpc.Code, of which 5 and 6 are the HTTP statuses 404 and 409. */
function operationError({ code, message }: Json): GoogleApiError {
  const status = { 5: 404, 6: 409 }[Number(code)] ?? 500;
  return new GoogleApiError(status, `Google Cloud could not do it (${saidBy(String(message))}).`);
}
