import { describe, expect, it } from '@jest/globals';
import { withWeights } from '../../src/admin/weights/configured-weights.js';
import type { ConfigDocument } from '../../src/config/document/config-document.js';
import { loaded, KEY, OTHER_KEY } from '../config/config.harness.js';

const idsOf = (config: { gemini: { api_keys: { id: string }[] } }) => config.gemini.api_keys.map(({ id }) => id);

function refusalOf(document: ConfigDocument, weights: Record<string, number>, ids: readonly string[]) {
  try {
    withWeights(document, weights, ids);
  } catch (error) {
    return (error as { violations: { path: string; message: string }[] }).violations;
  }
  throw new Error('not refused');
}

describe('weights in a document', () => {
  it('change in the entries of their keys, and nothing else does', () => {
    const document: ConfigDocument = {
      audit: { flush: '1s' },
      gemini: {
        strategy: 'priority',
        api_keys: [
          { id: 'a', key: { $sealed: 'x' }, weight: 1 },
          { id: 'b', key: 'k' },
        ],
      },
    };
    expect(withWeights(document, { a: 5, b: 0 }, ['a', 'b'])).toEqual({
      audit: { flush: '1s' },
      gemini: {
        strategy: 'priority',
        api_keys: [
          { id: 'a', key: { $sealed: 'x' }, weight: 5 },
          { id: 'b', key: 'k', weight: 0 },
        ],
      },
    });
    expect(document).toMatchObject({ gemini: { api_keys: [{ weight: 1 }, {}] } });
  });

  it('are refused for keys that one variable holds together', () => {
    const yaml = 'gemini: { api_keys: [{ id: k, key: "${KEYS}" }, { id: other, key: "${OTHER}" }] }';
    const { document, config } = loaded(yaml, { KEYS: `${KEY},${OTHER_KEY}`, OTHER: `${OTHER_KEY}x` });
    expect(idsOf(config)).toEqual(['k', 'k-2', 'other']);
    expect(refusalOf(document, { k: 5, 'k-2': 1, other: 3 }, idsOf(config))).toEqual([
      { path: 'weights.k', message: expect.stringContaining('shares its entry with k-2') },
      { path: 'weights.k-2', message: expect.stringContaining('apply a preset') },
    ]);
    expect(withWeights(document, { other: 3 }, idsOf(config)).gemini).toMatchObject({
      api_keys: [{ id: 'k' }, { id: 'other', weight: 3 }],
    });
  });

  it('are refused for keys that have no entry at all', () => {
    expect(refusalOf({}, { primary: 5 }, ['primary'])).toEqual([
      { path: 'weights.primary', message: expect.stringContaining('no entry of its own') },
    ]);
  });

  it('do not take a key whose id has a number for one of another variable', () => {
    const api_keys = [
      { id: 'k', key: 'x' },
      { id: 'k-2', key: 'y' },
    ];
    const changed = withWeights({ gemini: { api_keys } }, { k: 5 }, ['k', 'k-2']);
    expect(changed.gemini).toMatchObject({ api_keys: [{ weight: 5 }, { id: 'k-2' }] });
  });
});
