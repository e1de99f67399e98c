import { z } from 'zod';
import { decimal, duration, flag, TIMER_MAX, wholeNumber } from '../scalars/numbers.js';
import { list } from '../scalars/scalar.js';
import { choice, text } from '../scalars/text.js';
import { limitsByModel } from './model-limits.js';

export const geminiTiers = z
  .record(z.string(), limitsByModel)
  .describe('Quota by tier and model pattern, as Google grants it to one project.')
  .prefault({ free: { 'gemini-*-flash': { rpm: 5, tpm: 250_000, rpd: 20 } } });

export const geminiAffinity = z
  .strictObject({
    prefix: flag().prefault(true).describe('Keep conversations on one project, for the sake of prompt caches.'),
    ttl: duration().prefault('1h').describe('How long a conversation stays with its project.'),
    load_bound: decimal({ min: 1, max: 100 })
      .prefault(1.25)
      .describe('How far above the average load the favourite may be before another project is taken.'),
    unowned: choice(['auto', 'allow', 'deny'])
      .prefault('auto')
      .describe('Resources whose owner is unknown; auto: allow while there is a single client.'),
  })
  .describe('Which project serves a call again.')
  .prefault({});

export const geminiQueue = z
  .strictObject({
    max_wait: duration(TIMER_MAX).prefault('10s').describe('How long a call may wait for a key; 0s: not at all.'),
    max_size: wholeNumber().prefault(1000).describe('How many calls may wait.'),
  })
  .describe('Waiting while every key rests.')
  .prefault({});

export const geminiFallbacks = z
  .record(z.string(), list(text()))
  .describe('Model → models to try when it is overloaded or out of quota.')
  .prefault({});

export const geminiAliases = z.record(z.string(), text()).describe('Name that callers use → model.').prefault({});
