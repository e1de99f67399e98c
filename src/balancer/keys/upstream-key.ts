import type { Scrubber } from '../../kernel/http/scrubber.js';
import type { Secret } from '../../kernel/secret.js';

/** One Gemini API key with what decides when it is used. */
export interface UpstreamKey {
  readonly id: string;
  readonly secret: Secret;
  /** Takes this key out of what upstream says. */
  readonly scrubber: Scrubber;
  /** The Google project of the key: owner of quota and files. */
  readonly project: string;
  readonly billingAccount: string | undefined;
  /** The effective weight: that of the applied preset, else the configured one. */
  readonly weight: number;
  /** Enabled, and not waiting in reserve. */
  readonly isInUse: boolean;
  /** Whether the key may be used for a model; undefined stands for calls that name none. */
  readonly serves: (model: string | undefined) => boolean;
  /** Whether it is within its dates at an instant (epoch milliseconds). */
  readonly isValidAt: (epochMs: number) => boolean;
}
