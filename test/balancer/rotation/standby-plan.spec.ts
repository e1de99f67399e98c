import { describe, expect, it } from '@jest/globals';
import { planStandIns, type RosterKey, type StandIns } from '../../../src/balancer/rotation/standby-plan.js';

const key = (id: string, overrides: Partial<RosterKey> = {}): RosterKey => ({
  id,
  models: [],
  standby: false,
  absence: undefined,
  ...overrides,
});
const absent = (id: string, overrides: Partial<RosterKey> = {}): RosterKey =>
  key(id, { absence: 'quarantined', ...overrides });
const standby = (id: string, overrides: Partial<RosterKey> = {}): RosterKey => key(id, { standby: true, ...overrides });

const plan = (roster: readonly RosterKey[], before: StandIns = new Map()): Record<string, string> =>
  Object.fromEntries(planStandIns(roster, before));

describe('planStandIns', () => {
  it('has nobody step in while all serve', () => {
    expect(plan([key('a'), key('b'), standby('s')])).toEqual({});
  });

  it('has the first standby key step in, and another one for each further key', () => {
    expect(plan([absent('a'), standby('s'), standby('t')])).toEqual({ a: 's' });
    expect(plan([absent('a'), absent('b'), standby('s'), standby('t')])).toEqual({ a: 's', b: 't' });
  });

  it('has a standby key stand in for several when there are no more', () => {
    expect(plan([absent('a'), absent('b'), standby('s')])).toEqual({ a: 's', b: 's' });
  });

  it('leaves a standby key where it stands', () => {
    expect(plan([absent('a'), absent('b'), standby('s'), standby('t')], new Map([['b', 's']]))).toEqual({
      a: 't',
      b: 's',
    });
  });

  it('passes over a standby key that does not serve itself, also one that stood in already', () => {
    expect(plan([absent('a'), absent('s', { standby: true }), standby('t')], new Map([['a', 's']]))).toEqual({
      a: 't',
    });
  });

  it('replaces no standby key', () => {
    expect(plan([key('a'), absent('s', { standby: true }), standby('t')])).toEqual({});
  });

  it.each([
    [[], [], true],
    [['gemini-*'], [], true],
    [['gemini-*-flash'], ['gemini-*'], true],
    [['gemini-3.8-flash', 'gemini-2.5-pro'], ['gemini-*'], true],
    [['gemini-3.8-flash'], ['gemini-3.8-flash'], true],
    [[], ['*'], true],
    [[], ['gemini-*'], false],
    [['gemini-*'], ['gemini-*-flash'], false],
    [['gemini-*'], ['gemini-3.8-flash'], false],
    [['gemini-3.8-flash', 'veo-3'], ['gemini-*'], false],
  ])('for a key that serves %j a standby that serves %j will do: %s', (theirs, ours, willDo) => {
    const roster = [absent('a', { models: theirs }), standby('s', { models: ours })];
    expect(plan(roster)).toEqual(willDo ? { a: 's' } : {});
  });
});
