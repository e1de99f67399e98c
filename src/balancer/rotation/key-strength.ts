import { keyForm, type KeyForm, keyTextProblem } from '../../kernel/gemini/key-text.js';
import type { Secret } from '../../kernel/secret.js';

/** What a review looks at. */
export interface ReviewedKey {
  readonly id: string;
  readonly secret: Secret;
  readonly project: string;
  readonly enabled: boolean;
  readonly standby: boolean;
}

export type KeyRemarkCode = 'malformed' | 'unknown_form' | 'standard_key' | 'duplicate' | 'shared_project';

/** Something to say of a key; the text completes "key … " and never holds the secret. */
export interface KeyRemark {
  readonly keyId: string;
  readonly code: KeyRemarkCode;
  /** A refusal is about a text that cannot be a key; a warning about keys that do not do what they seem to. */
  readonly level: 'refusal' | 'warning' | 'advice';
  readonly text: string;
}

type Found = Omit<KeyRemark, 'keyId'>;

/** By the form of the key; forms change, so these are advice (wire facts G). */
const ADVICE: Readonly<Record<KeyForm, Found | undefined>> = {
  auth: undefined,
  standard: {
    code: 'standard_key',
    level: 'advice',
    text: 'is a standard key, which Google retires: replace it with an auth key of AI Studio',
  },
  unknown: {
    code: 'unknown_form',
    level: 'advice',
    text: 'begins like no key known here (AQ. or AIza): check that it is the whole key',
  },
};

/** All that is to be said of keys, in their order: of each text, and of keys that get in each other's way. */
export function reviewKeys(keys: readonly ReviewedKey[]): readonly KeyRemark[] {
  return keys.flatMap((key, index) => {
    const earlier = keys.slice(0, index);
    const found = [textRemark(key.secret), duplicateRemark(key, earlier), projectRemark(key, earlier)];
    return found.filter((remark) => remark !== undefined).map((remark) => ({ keyId: key.id, ...remark }));
  });
}

function textRemark(secret: Secret): Found | undefined {
  const text = secret.reveal();
  const problem = keyTextProblem(text);
  return problem === undefined ? ADVICE[keyForm(text)] : { code: 'malformed', level: 'refusal', text: problem };
}

function duplicateRemark(key: ReviewedKey, earlier: readonly ReviewedKey[]): Found | undefined {
  const twin = earlier.find(({ secret }) => secret.fingerprint() === key.secret.fingerprint());
  if (!twin) return undefined;
  return {
    code: 'duplicate',
    level: 'warning',
    text: `has the same secret as key ${twin.id}: remove one of them, they are one key for Google`,
  };
}

/** Google counts quota by project (wire facts E). */
function projectRemark(key: ReviewedKey, earlier: readonly ReviewedKey[]): Found | undefined {
  const first = earlier.find((other) => other.project === key.project && countsOn(other));
  if (!first || !countsOn(key)) return undefined;
  return {
    code: 'shared_project',
    level: 'warning',
    text: `shares the quota of project ${key.project} with key ${first.id}: it adds none; make it standby, or take a key of another project`,
  };
}

/** A key in reserve adds nothing to the quota, and is not meant to. */
function countsOn({ enabled, standby }: ReviewedKey): boolean {
  return enabled && !standby;
}
