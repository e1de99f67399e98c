import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { JobIntentEntity } from '../../src/persistence/entities/job-intent.entity.js';
import { JobIntentRepository } from '../../src/persistence/repositories/job-intent.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0, 123);
const STALE_MS = 60_000;

const claim = (replica: string, period = '2026-11-23') => ({ job: 'rotate', period, replica });
const at = (laterMs: number) => ({ nowMs: NOW + laterMs, staleMs: STALE_MS });
const done = { state: 'done', atMs: NOW + 5 } as const;
const failed = { state: 'failed', atMs: NOW + 5 } as const;

describe('JobIntentRepository', () => {
  let database: TestDatabase;
  let intents: JobIntentRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    intents = new JobIntentRepository(database.dataSource.getRepository(JobIntentEntity));
  });
  beforeEach(() => database.dataSource.getRepository(JobIntentEntity).clear());
  afterAll(() => database.drop());

  it('lets one of the replicas that ask at once do the work', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => intents.begin(claim(`r${index}`), at(0))),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await intents.unfinished('rotate')).toEqual([
      {
        ...claim(`r${answers.indexOf(true)}`),
        state: 'begun',
        begunAtMs: NOW,
        endedAtMs: null,
        detail: null,
      },
    ]);
  });

  it('lets one of the replicas that ask at once take over what was left', async () => {
    await intents.begin(claim('dead'), at(0));
    expect(await intents.begin(claim('early'), at(STALE_MS - 1))).toBe(false);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => intents.begin(claim(`r${index}`), at(STALE_MS))),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await intents.unfinished('rotate')).toMatchObject([{ replica: `r${answers.indexOf(true)}` }]);
  });

  it('has work done once per job and period', async () => {
    await intents.begin(claim('a'), at(0));
    expect(await intents.end(claim('a'), done)).toBe(true);
    expect(await intents.begin(claim('b'), at(STALE_MS * 10))).toBe(false);
    expect(await intents.begin(claim('b', '2026-11-24'), at(0))).toBe(true);
    expect(await intents.begin({ ...claim('b'), job: 'probe' }, at(0))).toBe(true);
  });

  it('lets work that failed be tried again, with what the last attempt left', async () => {
    await intents.begin(claim('a'), at(0));
    await intents.end(claim('a'), { ...failed, detail: { made: 'projects/1/keys/x', at: [1] } });
    expect(await intents.unfinished('rotate')).toMatchObject([{ state: 'failed', endedAtMs: NOW + 5 }]);
    expect(await intents.begin(claim('b'), at(6))).toBe(true);
    expect(await intents.unfinished('rotate')).toEqual([
      {
        ...claim('b'),
        state: 'begun',
        begunAtMs: NOW + 6,
        endedAtMs: null,
        detail: { made: 'projects/1/keys/x', at: [1] },
      },
    ]);
  });

  it('does not let a replica end what another has taken over, or what it never began', async () => {
    await intents.begin(claim('slow'), at(0));
    await intents.begin(claim('next'), at(STALE_MS));
    expect(await intents.end(claim('slow'), done)).toBe(false);
    expect(await intents.end(claim('next', 'unknown'), done)).toBe(false);
    expect(await intents.unfinished('rotate')).toMatchObject([{ replica: 'next', state: 'begun' }]);
    expect(await intents.end(claim('next'), done)).toBe(true);
    expect(await intents.end(claim('next'), failed)).toBe(false);
    expect(await intents.unfinished('rotate')).toEqual([]);
  });

  it('names the unfinished work of one job, the oldest first', async () => {
    await intents.begin(claim('a', 'later'), at(2));
    await intents.begin(claim('a', 'first'), at(1));
    await intents.begin(claim('a', 'over'), at(0));
    await intents.end(claim('a', 'over'), done);
    await intents.begin({ ...claim('a'), job: 'probe' }, at(0));
    expect((await intents.unfinished('rotate')).map(({ period }) => period)).toEqual(['first', 'later']);
  });
});
