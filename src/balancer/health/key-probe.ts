import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { isMapping } from '../../config/option-path.js';
import { UpstreamClient } from '../../egress/upstream-client.js';
import { UpstreamFailure } from '../../egress/upstream-failure.js';
import { type WholeAnswer, wholeAnswer } from '../../egress/whole-answer.js';
import { Clock } from '../../kernel/clock.js';
import { readGoogleError } from '../../kernel/gemini/google-error.js';
import { type CredentialVerdict, isAboutCredential, judge, type Verdict } from '../../kernel/gemini/verdict.js';
import type { Secret } from '../../kernel/secret.js';

/** What a probe found out about a key. */
export type ProbeResult =
  /** Google takes the key. Quota may be spent, and billing is not known: only calls that cost tell. */
  | { readonly kind: 'well' }
  | { readonly kind: 'refused'; readonly verdict: CredentialVerdict }
  /** Nothing was learned; `reason` is safe to log. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** For each of the two calls. */
const ANSWER_MAX_MS = 10_000;

/** A page of the list: enough to find a model whose tokens can be counted. */
const LIST = '/v1beta/models?pageSize=50';

const COUNTED = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'probe' }] }] });

const WELL: ProbeResult = { kind: 'well' };

/**
 * Asks Google whether it takes a key, without spending paid tokens: lists models, which proves that the key exists, then
 * counts tokens, which is not billed (wire facts G). Answers within 20 s and never throws.
 */
@Injectable()
export class KeyProbe {
  constructor(
    private readonly config: ConfigStore,
    private readonly upstream: UpstreamClient,
    private readonly clock: Clock,
  ) {}

  /** Probes a key text; `serves` says which models it is meant for. */
  async probe(secret: Secret, serves: (model: string) => boolean = () => true): Promise<ProbeResult> {
    try {
      const list = await this.send('GET', LIST, secret);
      if (list.status !== 200) return refusedToList(list);
      const model = countableModel(list.body, serves);
      if (model === undefined) return WELL;
      return refusedToCount(await this.send('POST', `/v1beta/models/${model}:countTokens`, secret, COUNTED));
    } catch (error) {
      if (error instanceof UpstreamFailure) return { kind: 'unreachable', reason: error.kind };
      throw error;
    }
  }

  private send(method: string, path: string, secret: Secret, body?: string): Promise<WholeAnswer> {
    const url = new URL(`${this.config.current.gemini.base_url}${path}`);
    const headers = ['x-goog-api-key', secret.reveal(), 'accept-encoding', 'identity'];
    if (body !== undefined) headers.push('content-type', 'application/json');
    const request = {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      body: body === undefined ? null : Buffer.from(body),
    };
    return wholeAnswer(this.upstream.send(request), this.clock, ANSWER_MAX_MS);
  }
}

/** An address that cannot list models says nothing about the key, unless it blames the key. */
function refusedToList(answer: WholeAnswer): ProbeResult {
  const verdict = verdictOf(answer);
  if (isAboutCredential(verdict)) return { kind: 'refused', verdict };
  return verdict.scope === 'bucket' ? WELL : { kind: 'unreachable', reason: `HTTP ${answer.status}` };
}

/** The list was had, so that a complaint about the request or about quota leaves the key well. */
function refusedToCount(answer: WholeAnswer): ProbeResult {
  const verdict = verdictOf(answer);
  if (isAboutCredential(verdict)) return { kind: 'refused', verdict };
  const isInconclusive = verdict.scope === 'upstream' || verdict.scope === 'model';
  return isInconclusive ? { kind: 'unreachable', reason: `HTTP ${answer.status}` } : WELL;
}

function verdictOf({ status, body }: WholeAnswer): Verdict {
  return status < 400 ? { scope: 'ok' } : judge(status, readGoogleError(body));
}

/** A listed model that counts tokens, preferably one that the key is meant for. */
function countableModel(list: string, serves: (model: string) => boolean): string | undefined {
  const names = modelsOf(list)
    .filter(({ supportedGenerationMethods: methods }) => Array.isArray(methods) && methods.includes('countTokens'))
    .map(({ name }) => /^models\/([\w.-]+)$/.exec(String(name))?.[1])
    .filter((name) => name !== undefined);
  return names.find(serves) ?? names[0];
}

interface ListedModel {
  readonly name?: unknown;
  readonly supportedGenerationMethods?: unknown;
}

function modelsOf(list: string): readonly ListedModel[] {
  try {
    const { models } = JSON.parse(list) as { readonly models?: unknown };
    return Array.isArray(models) ? models.filter(isMapping) : [];
  } catch {
    return [];
  }
}
