import { describe, expect, it } from '@jest/globals';
import { BodyMemory } from '../../src/proxy/body-memory.js';

const never = new Promise<void>(() => undefined);

describe('BodyMemory', () => {
  it('counts what calls hold and gives it back when they settle', async () => {
    const memory = new BodyMemory(() => 100);
    let settle = (): void => undefined;
    const settled = new Promise<void>((resolve) => (settle = resolve));
    const body = memory.open('a', settled);
    body.grow(30);
    body.grow(20);
    expect(memory.heldBytes).toBe(50);
    settle();
    await settled;
    expect(memory.heldBytes).toBe(0);
  });

  it('refuses beyond the budget, with a time to come back', () => {
    const memory = new BodyMemory(() => 100);
    memory.open('a', never).grow(50);
    memory.open('b', never).grow(50);
    expect(() => {
      memory.open('c', never).grow(1);
    }).toThrow(expect.objectContaining({ code: 'memory_exhausted', retryAfterMs: 1000 }));
  });

  it('lets one client hold no more than half while others want some', () => {
    const memory = new BodyMemory(() => 100);
    memory.open('b', never).grow(1);
    const greedy = memory.open('a', never);
    greedy.grow(50);
    expect(() => {
      greedy.grow(1);
    }).toThrow(expect.objectContaining({ code: 'memory_exhausted' }));
  });

  it('lets one large body have all that nobody else needs', () => {
    const memory = new BodyMemory(() => 100);
    memory.open('a', never).grow(100);
    expect(memory.heldBytes).toBe(100);
  });
});
