import { beforeEach, describe, expect, it } from '@jest/globals';

import type { AuditEvent } from '../../src/audit/audit-event.js';
import { RefusalFlood } from '../../src/audit/refusal-flood.js';
import { ManualClock } from '../support/manual-clock.js';
import { event } from './audit.harness.js';

const refused = (more: Partial<AuditEvent> = {}): AuditEvent =>
  event('POST /v1beta/models', { result: 'Denied', refusal: 'token_invalid', details: { status: 401 }, ...more });

describe('RefusalFlood', () => {
  let clock: ManualClock;
  let emitted: AuditEvent[];
  let flood: RefusalFlood;

  beforeEach(() => {
    clock = new ManualClock();
    emitted = [];
    flood = new RefusalFlood(clock, (late) => emitted.push(late));
  });

  const admitted = (count: number, make = refused): number =>
    Array.from({ length: count }, () => flood.admit(make())).filter(Boolean).length;

  it('lets a hundred refusals a second through and counts the rest in one line', () => {
    expect(admitted(250)).toBe(100);
    expect(emitted).toEqual([]);
    clock.advance(1_000);
    expect(emitted).toEqual([{ ...refused(), details: { status: 401, count: 150 } }]);
  });

  it('begins again with every second', () => {
    admitted(150);
    clock.advance(1_000);
    expect(admitted(100)).toBe(100);
  });

  it('keeps addresses and reasons apart', () => {
    expect(admitted(100)).toBe(100);
    expect(admitted(100, () => refused({ sourceIp: '10.0.0.2' }))).toBe(100);
    expect(admitted(100, () => refused({ refusal: 'token_expired' }))).toBe(100);
  });

  it('never holds back what is no refusal', () => {
    expect(admitted(1_000, () => refused({ refusal: undefined }))).toBe(1_000);
  });

  it('emits nothing for a second without a flood, and schedules nothing while nothing happens', () => {
    admitted(100);
    clock.advance(1_000);
    expect(emitted).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
