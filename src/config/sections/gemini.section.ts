import { z } from 'zod';
import { isMapping } from '../option-path.js';
import { breakIf, type Read, type RuleBreak, withRule } from '../rule.js';
import { choice, httpUrl } from '../scalars/text.js';
import {
  geminiBreaker,
  geminiEgress,
  geminiLive,
  geminiRetry,
  geminiRotation,
  geminiTimeouts,
} from './gemini-calls.section.js';
import { geminiKeys } from './gemini-keys.section.js';
import { geminiAffinity, geminiAliases, geminiFallbacks, geminiQueue, geminiTiers } from './gemini-routing.section.js';

/** The upstream: its address, the keys, and how calls are spread over them. */
export const geminiSection = withRule(
  z.strictObject({
    base_url: httpUrl()
      .prefault('https://generativelanguage.googleapis.com')
      .describe('The address of the Gemini API.'),
    api_keys: geminiKeys,
    tiers: geminiTiers,
    strategy: choice(['weighted_round_robin', 'adaptive', 'least_in_flight', 'priority'])
      .prefault('weighted_round_robin')
      .describe('How a key is chosen among those that may serve a call.'),
    affinity: geminiAffinity,
    timeouts: geminiTimeouts,
    retry: geminiRetry,
    breaker: geminiBreaker,
    queue: geminiQueue,
    live: geminiLive,
    fallbacks: geminiFallbacks,
    aliases: geminiAliases,
    rotation: geminiRotation,
    egress: geminiEgress,
  }),
  (read) => [...tiersExist(read), ...aliasesNameModels(read)],
)
  .describe('The Gemini API, the keys, and how calls are spread over them.')
  .prefault({});

function tiersExist(read: Read): readonly RuleBreak[] {
  const [keys, tiers] = [read('api_keys'), read('tiers')];
  if (!Array.isArray(keys) || !isMapping(tiers)) return [];
  const names = Object.keys(tiers);
  return keys.flatMap((_, index) => {
    const tier = read('api_keys', index, 'tier');
    const message = `must be an entry of gemini.tiers: ${names.join(', ') || 'none is there'}`;
    return breakIf(typeof tier === 'string' && !names.includes(tier), ['api_keys', index, 'tier'], message);
  });
}

function aliasesNameModels(read: Read): readonly RuleBreak[] {
  const aliases = read('aliases');
  if (!isMapping(aliases)) return [];
  return Object.entries(aliases).flatMap(([name, model]) =>
    breakIf(Object.hasOwn(aliases, String(model)), ['aliases', name], 'must name a model, not another alias'),
  );
}
