import { describe, expect, it } from '@jest/globals';
import { ownerRows } from '../../src/balancer/affinity/owner-rows.js';
import { type Named, placementOf, type Rights } from '../../src/balancer/affinity/placement.js';
import { resourceNamed } from '../../src/kernel/gemini/resource.js';

const ALICE: Rights = { client: 'alice', isAdmin: false, mayUseUnowned: false };
const ADMIN: Rights = { client: 'root', isAdmin: true, mayUseUnowned: true };

/** A name, and its owners as `client@project`, the oldest first. */
const named = (name: string, ...owners: string[]): Named => {
  const resource = resourceNamed(name);
  if (!resource) throw new Error(`no resource: ${name}`);
  const rows = owners.flatMap((owner, index) => {
    const [client = '', project = ''] = owner.split('@');
    return ownerRows({ client, project, model: undefined, things: [{ resource }] }, index);
  });
  return { resource, isCertain: true, owners: rows };
};

describe('placementOf', () => {
  it('is anywhere for a call that names nothing', () => {
    expect(placementOf([], ALICE)).toMatchObject({ project: undefined, owner: 'alice', unowned: [] });
  });

  it('is the project that has what the call names', () => {
    expect(placementOf([named('files/a', 'alice@p1'), named('cachedContents/c', 'alice@p1')], ALICE).project).toBe(
      'p1',
    );
  });

  it("never tells another client's thing from one that does not exist", () => {
    const refusals = [named('files/a', 'bob@p1'), named('files/a')].map((thing) => {
      try {
        return placementOf([thing], ALICE);
      } catch (error) {
        return error;
      }
    });
    expect(refusals[0]).toMatchObject({
      code: 'resource_not_found',
      message: expect.stringMatching(/^files\/a does not exist/),
    });
    expect(refusals[1]).toEqual(refusals[0]);
  });

  it('refuses a call whose things no project has together, and names both', () => {
    const things = [named('files/a', 'alice@p1'), named('files/b', 'alice@p1'), named('files/c', 'alice@p2')];
    expect(() => placementOf(things, ALICE)).toThrow(
      expect.objectContaining({
        code: 'owners_conflict',
        message: expect.stringMatching(/^files\/a and files\/c live in/),
      }),
    );
  });

  it("takes the newest of a client's things of the same name, but for the sake of what stands beside it", () => {
    const twice = named('files/a', 'alice@p1', 'alice@p2');
    expect(placementOf([twice], ALICE).project).toBe('p2');
    expect(placementOf([twice, named('files/b', 'alice@p1')], ALICE).project).toBe('p1');
  });

  it("sees a client's own thing beside another's of the same name", () => {
    expect(placementOf([named('files/a', 'alice@p1', 'bob@p2')], ALICE)).toMatchObject({
      project: 'p1',
      owner: 'alice',
    });
  });

  it('lets an administrator act for the owner', () => {
    expect(placementOf([named('files/a', 'bob@p2')], ADMIN)).toMatchObject({ project: 'p2', owner: 'bob' });
  });

  it("lets what nobody owns be anybody's only where that is allowed", () => {
    const allowed = placementOf([named('files/a'), named('files/b', 'alice@p1')], { ...ALICE, mayUseUnowned: true });
    expect([allowed.project, allowed.unowned.map(({ name }) => name)]).toEqual(['p1', ['files/a']]);
    expect(() => placementOf([named('files/a')], ALICE)).toThrow(
      expect.objectContaining({ code: 'resource_not_found' }),
    );
  });

  it("passes over what only looks like a reference, unless it is somebody's", () => {
    const alike = (...owners: string[]): Named => ({ ...named('files/a', ...owners), isCertain: false });
    expect(placementOf([alike()], ALICE)).toMatchObject({ project: undefined, unowned: [] });
    expect(placementOf([alike('alice@p1')], ALICE).project).toBe('p1');
    expect(() => placementOf([alike('bob@p1')], ALICE)).toThrow(
      expect.objectContaining({ code: 'resource_not_found' }),
    );
  });
});

describe('ownerRows', () => {
  it('end when the answer says so, else when things of their kind end', () => {
    const thing = (name: string, expiresAtMs?: number) => ({ resource: resourceNamed(name)!, expiresAtMs });
    const things = [thing('files/a', 5), thing('files/b'), thing('interactions/i'), thing('fileSearchStores/s')];
    const rows = ownerRows({ client: 'alice', project: 'p', model: undefined, things }, 1_000);
    const [hour, day] = [3_600_000, 86_400_000];
    expect(rows.map(({ expiresAtMs }) => expiresAtMs)).toEqual([5, 1_000 + 48 * hour, 1_000 + 55 * day, null]);
  });
});
