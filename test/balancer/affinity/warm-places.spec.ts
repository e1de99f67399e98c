import { describe, expect, it } from '@jest/globals';
import { WarmPlaces } from '../../../src/balancer/affinity/warm-places.js';
import type { Candidate } from '../../../src/balancer/candidate.js';
import { KeyLoad } from '../../../src/balancer/health/key-load.js';
import { atLeastOne } from '../../../src/balancer/pool.js';

const OPTIONS = { ttl: 3_600_000, load_bound: 1.25 };
const PROJECTS = ['p', 'q', 'r', 's'];

function candidate(project: string, weight = 100): Candidate {
  return { key: { project }, weight, load: new KeyLoad() } as unknown as Candidate;
}

/** Warm places over one candidate for each project. */
class Places {
  readonly warm = new WarmPlaces();
  readonly candidates = PROJECTS.map((project) => candidate(project));

  /** Where a conversation goes, among the candidates of these projects. */
  place(conversation: string, nowMs = 0, among = PROJECTS): readonly [project: string, warmth: string | undefined] {
    const open = atLeastOne(this.candidates.filter(({ key }) => among.includes(key.project)))!;
    const { candidates, warmth } = this.warm.narrow(open, conversation, nowMs, OPTIONS);
    return [candidates[0].key.project, warmth];
  }

  load(project: string, inFlight: number): void {
    this.candidates.find(({ key }) => key.project === project)!.load.inFlight = inFlight;
  }
}

describe('WarmPlaces', () => {
  it('keeps a conversation where it was served last', () => {
    const places = new Places();
    const [project, first] = places.place('talk');
    expect(first).toBe('new');
    expect(places.place('talk', 1_000)).toEqual([project, 'kept']);
  });

  it('finds the same favourite on every replica', () => {
    const talks = Array.from({ length: 20 }, (_, n) => `talk ${n}`);
    const [one, other] = [new Places(), new Places()];
    expect(talks.map((talk) => one.place(talk)[0])).toEqual(
      talks
        .toReversed()
        .map((talk) => other.place(talk)[0])
        .toReversed(),
    );
  });

  it('spreads conversations over all projects by weight', () => {
    const warm = new WarmPlaces();
    const open = atLeastOne([candidate('p', 300), candidate('q', 100)])!;
    const counts: Record<string, number> = { p: 0, q: 0 };
    for (let talk = 0; talk < 4_000; talk += 1) {
      const { project } = warm.narrow(open, `talk ${talk}`, 0, OPTIONS).candidates[0].key;
      counts[project] = (counts[project] ?? 0) + 1;
    }
    expect(counts['p']! / 4_000).toBeGreaterThan(0.72);
    expect(counts['p']! / 4_000).toBeLessThan(0.78);
  });

  it('moves a conversation whose project cannot serve, and lets it stay at the new one', () => {
    const places = new Places();
    const [project] = places.place('talk');
    const others = PROJECTS.filter((other) => other !== project);
    const [moved, warmth] = places.place('talk', 1_000, others);
    expect([others.includes(moved), warmth]).toEqual([true, 'moved']);
    expect(places.place('talk', 2_000)).toEqual([moved, 'kept']);
  });

  it('moves a conversation whose project carries more than its share', () => {
    const places = new Places();
    const [project] = places.place('talk');
    places.load(project, 10);
    const [moved, warmth] = places.place('talk', 1_000);
    expect([moved !== project, warmth]).toEqual([true, 'moved']);
  });

  it('forgets where a conversation was when that is long ago', () => {
    const places = new Places();
    const [project] = places.place('talk');
    const [moved] = places.place(
      'talk',
      0,
      PROJECTS.filter((other) => other !== project),
    );
    expect(places.place('talk', OPTIONS.ttl)).toEqual([moved, 'kept']);
    expect(places.place('talk', 2 * OPTIONS.ttl + 1)).toEqual([project, 'new']);
  });

  it('offers every key of the project that it picks', () => {
    const warm = new WarmPlaces();
    const open = atLeastOne([candidate('p'), candidate('p'), candidate('p', 0)])!;
    expect(warm.narrow(open, 'talk', 0, OPTIONS).candidates).toEqual(open);
  });

  it('remembers the ten thousand conversations that were used last, and not all that ever were', () => {
    const places = new Places();
    for (const talk of ['often', 'once']) places.place(talk);
    for (let hour = 0; hour < 3; hour += 1) {
      for (let talk = 0; talk < 9_990; talk += 1) places.place(`talk ${talk} of hour ${hour}`);
      expect(places.place('often')[1]).toBe('kept');
    }
    expect(places.place('once')[1]).toBe('new');
  });
});
