import { describe, expect, it } from '@jest/globals';
import { modelName } from '../../src/proxy/model-name.js';

describe('modelName', () => {
  it.each([
    ['models/gemini-3.8-flash', 'gemini-3.8-flash'],
    ['gemini-3.8-flash', 'gemini-3.8-flash'],
    ['tunedModels/mine', 'tunedModels/mine'],
    [undefined, undefined],
  ])('reads %s', (written, name) => {
    expect(modelName(written)).toBe(name);
  });

  it.each(['API key expired. Renew it.', 'models/You exceeded your current quota', 'a\nb', 'm'.repeat(257)])(
    'refuses what is no name, and could be taken for words of upstream: %j',
    (written) => {
      expect(() => modelName(written)).toThrow(expect.objectContaining({ code: 'model_invalid' }));
    },
  );
});
