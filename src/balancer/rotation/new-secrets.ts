import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import { keyTextProblem } from '../../kernel/gemini/key-text.js';
import type { Secret } from '../../kernel/secret.js';
import type { KeySecret } from '../../persistence/repositories/key-secret.repository.js';
import { KeyProbe, type ProbeResult } from '../health/key-probe.js';
import type { CurrentKey } from './current-keys.js';
import { GoogleApiError } from './google-api.js';
import { KeyProvider, KeyProviderError } from './key-provider.js';
import { pause } from './pause.js';
import type { Replacement } from './rotated-secrets.js';
import { RotationEvents } from './rotation-events.js';
import type { RotationJob } from './rotation-jobs.js';

/**
 * Google's servers learn of keys one after another (for deleted ones it took up to 23 minutes:
 * aikido.dev/blog/google-api-keys-deletion, May 2026), so a new key is good when several answers in a row say so.
 */
const GOOD_IN_A_ROW = 3;
const PROBES_MAX = 60;
const PROBE_PAUSE_MS = 5_000;

/** Where new secrets come from, and the proof that they are good. */
@Injectable()
export class NewSecrets {
  private readonly log = new Logger('Rotation');

  constructor(
    private readonly provider: KeyProvider,
    private readonly probe: KeyProbe,
    private readonly events: RotationEvents,
    private readonly clock: Clock,
  ) {}

  /** Whether the provider makes keys of the key's project. */
  canMake({ project }: CurrentKey): boolean {
    return this.provider.serves(project);
  }

  /** Throws Fault `validation_failed` when the given secret can be none, or none is given and none can be made. */
  check(key: CurrentKey, given: Secret | undefined): void {
    const message = given ? this.problemOf(key, given) : this.problemOfNone(key);
    if (message !== undefined) throw new Fault('validation_failed', { violations: [{ path: 'key', message }] });
  }

  /**
   * The given secret, or one that the provider makes for this order, once Google takes it. Throws Fault `key_refused`,
   * `key_untested` or `key_provider_failed`; what was made is deleted again.
   */
  async obtain(key: CurrentKey, orderId: string, given: Secret | undefined, signal: AbortSignal): Promise<Replacement> {
    try {
      return await (given ? this.tried(key, given) : this.made(key, orderId, signal));
    } catch (error) {
      const fault = error instanceof KeyProviderError ? faultOfProvider(error) : error;
      const reason = fault instanceof Fault ? fault.message : 'The new secret could not be prepared.';
      this.events.tell('key rotation refused', key.id, { reason });
      throw fault;
    }
  }

  /** Deletes the key of an order that never came to be used; false when that must be tried again. */
  discardUnused(
    { keyId, orderId }: RotationJob,
    key: CurrentKey | undefined,
    row: KeySecret | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const name = key && this.provider.nameOf({ project: key.project, keyId, orderId });
    const isUsed = name === row?.providerName || name === row?.previousProviderName;
    return isUsed ? Promise.resolve(true) : this.discard(name, signal);
  }

  private async tried(key: CurrentKey, given: Secret): Promise<Replacement> {
    const result = await this.probe.probe(given, key.serves);
    if (result.kind !== 'well') throw faultOf(result);
    return { secret: given, providerName: null };
  }

  private async made(key: CurrentKey, orderId: string, signal: AbortSignal): Promise<Replacement> {
    const order = { project: key.project, keyId: key.id, orderId };
    try {
      const { name, secret } = await this.provider.create(order, signal);
      await this.untilKnown(key, secret, signal);
      return { secret, providerName: name };
    } catch (error) {
      await this.discard(this.provider.nameOf(order), signal);
      throw error;
    }
  }

  private async discard(name: string | undefined, signal: AbortSignal): Promise<boolean> {
    if (name === undefined) return true;
    try {
      await this.provider.remove(name, signal);
      return true;
    } catch (error) {
      if (!(error instanceof KeyProviderError)) throw error;
      this.log.warn(`The unused key ${name} could not be deleted: ${error.message}`);
      // Google refuses to speak of keys that never were, as it does of those that one may not see.
      return error instanceof GoogleApiError && error.status < 429;
    }
  }

  private async untilKnown(key: CurrentKey, secret: Secret, signal: AbortSignal): Promise<void> {
    let good = 0;
    for (let probes = 1; ; probes++) {
      const result = await this.probe.probe(secret, key.serves);
      good = result.kind === 'well' ? good + 1 : 0;
      if (good === GOOD_IN_A_ROW) return;
      if (result.kind !== 'well' && (isFinal(result) || probes >= PROBES_MAX)) throw faultOf(result);
      await pause(this.clock, PROBE_PAUSE_MS, signal);
    }
  }

  private problemOf(key: CurrentKey, given: Secret): string | undefined {
    const isSame = given.fingerprint() === key.secret.fingerprint();
    return isSame ? 'is the secret that the key has already: send a new one' : keyTextProblem(given.reveal());
  }

  private problemOfNone(key: CurrentKey): string | undefined {
    if (this.canMake(key)) return undefined;
    return `is missing: send the text of the new key, or name project ${key.project} in gemini.rotation.provider.projects`;
  }
}

function faultOfProvider(error: KeyProviderError): Fault {
  const detail = `Google Cloud made no new key, so nothing was changed. ${error.message}`;
  return new Fault('key_provider_failed', { detail, cause: error });
}

/** The refusal of a project or account has nothing to do with how new the key is. */
function isFinal(result: ProbeResult): boolean {
  return result.kind === 'refused' && result.verdict.scope !== 'key';
}

function faultOf(result: Exclude<ProbeResult, { kind: 'well' }>): Fault {
  if (result.kind === 'unreachable') return new Fault('key_untested');
  const { reason } = result.verdict;
  return new Fault('key_refused', {
    detail: `Google refuses the new key (${reason}), so nothing was changed. Check the key in Google AI Studio, then send it again.`,
  });
}
