import { Fault } from '../kernel/errors/fault.js';

/** Google's names have some forty characters. Longer ones would only fill what is kept by model. */
const LENGTH_MAX = 256;

/** A model's name as callers write it, without `models/`. @throws Fault model_invalid */
export function modelName(written: string | undefined): string | undefined {
  if (written !== undefined && written.length > LENGTH_MAX) throw new Fault('model_invalid');
  return written?.replace(/^models\//, '');
}
