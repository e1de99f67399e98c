import { modelMatcher } from '../keys/model-pattern.js';

/** Why a key does not serve: it, its project or its billing account is quarantined, or the configuration takes it out. */
export type Absence = 'quarantined' | 'expired' | 'disabled';

/** A key as standby keys see it. */
export interface RosterKey {
  readonly id: string;
  /** Patterns of model names; none stands for all. */
  readonly models: readonly string[];
  readonly standby: boolean;
  /** Undefined while it serves, or could. */
  readonly absence: Absence | undefined;
}

/** Who stands in for whom: absent key → standby key. */
export type StandIns = ReadonlyMap<string, string>;

/**
 * Gives every absent key a standby key: the one that it has already while that will do, else the first that stands in for
 * nobody, else the first. A standby will do when it is not absent itself, as all of a quarantined project are, and serves
 * every model that the key does.
 */
export function planStandIns(roster: readonly RosterKey[], before: StandIns): StandIns {
  const standbys = roster.filter(({ standby, absence }) => standby && absence === undefined);
  const plan = new Map<string, string>();
  for (const key of roster.filter(({ standby, absence }) => !standby && absence !== undefined)) {
    const fit = standbys.filter(({ models }) => covers(models, key.models)).map(({ id }) => id);
    const taken = new Set([...before, ...plan].filter(([id]) => id !== key.id).map(([, standby]) => standby));
    const kept = fit.find((id) => id === before.get(key.id));
    const chosen = kept ?? fit.find((id) => !taken.has(id)) ?? fit[0];
    if (chosen !== undefined) plan.set(key.id, chosen);
  }
  return plan;
}

/** Whether patterns take every name that others take: a `*` in theirs can only be matched by one in ours. */
function covers(ours: readonly string[], theirs: readonly string[]): boolean {
  if (ours.length === 0) return true;
  const matches = modelMatcher(ours);
  return theirs.length > 0 ? theirs.every((pattern) => matches(pattern)) : ours.includes('*');
}
