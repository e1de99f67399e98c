import type { Grant } from './google.js';

export const MODEL = 'gemini-3.8-flash';
export const LITE = 'gemini-3.8-flash-lite';

/** The second key of the project `tier`; it dies on the way. */
export const DEAD_KEY = 'tier-2';

/** The project that is suspended for a while. */
export const SUSPENDED = 'sick';

/** Bounds of the operator's own, by project. */
export const OWN_RPM: Readonly<Record<string, number>> = { own: 6 };

/** What the proxy knows of limits from the start: of `learn` and `day` nothing, and of `own` only the operator's bound. */
export const KEYS = [
  { id: 'tier-1', project: 'tier', tier: 'paid' },
  { id: DEAD_KEY, project: 'tier', tier: 'paid' },
  { id: 'free', tier: 'free' },
  { id: 'learn' },
  { id: 'own', limits: { [MODEL]: { rpm: OWN_RPM['own'] } } },
  { id: 'day' },
  { id: SUSPENDED, tier: 'paid' },
] as const;

const ROOMY: Grant = { rpm: 60, tpm: 1_000_000, rpd: 50_000 };

export const TIERS: Readonly<Record<string, Readonly<Record<string, Grant>>>> = {
  paid: { 'gemini-*-lite': ROOMY, 'gemini-*': { rpm: 12, tpm: 1_000_000, rpd: 10_000 } },
  free: { 'gemini-*': { rpm: 5, tpm: 250_000, rpd: 400 } },
};

/** What Google really grants. */
export const GRANTS: Readonly<Record<string, Readonly<Record<string, Grant>>>> = {
  tier: { [MODEL]: { rpm: 12, tpm: 1_000_000, rpd: 10_000 }, [LITE]: ROOMY },
  free: { [MODEL]: { rpm: 5, tpm: 250_000, rpd: 400 }, [LITE]: { rpm: 5, tpm: 250_000, rpd: 400 } },
  learn: { [MODEL]: { rpm: 200, tpm: 4_000, rpd: 40_000 }, [LITE]: ROOMY },
  own: { [MODEL]: { rpm: 15, tpm: 500_000, rpd: 9_000 }, [LITE]: ROOMY },
  day: { [MODEL]: { rpm: 8, tpm: 500_000, rpd: 900 }, [LITE]: ROOMY },
  [SUSPENDED]: { [MODEL]: { rpm: 12, tpm: 1_000_000, rpd: 10_000 }, [LITE]: ROOMY },
};

/** Somebody else uses a project too: the proxy hears of the spent day before its own count says so. */
export const ELSEWHERE = { project: 'day', atHour: 0.5, calls: 200 } as const;
