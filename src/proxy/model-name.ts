import { Fault } from '../kernel/errors/fault.js';

/** Google's names have some forty characters. Longer ones would only fill what is kept by model. */
const LENGTH_MAX = 256;

/** No name has any; words of the caller's own would stand in what upstream says of a model that it does not know. */
const SPACE = /\s/;

const HAS_SPACE = 'The name of the model holds white space. Send a name such as gemini-2.5-flash.';

/** A model's name as callers write it, without `models/`. @throws Fault model_invalid */
export function modelName(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  if (written.length > LENGTH_MAX) throw new Fault('model_invalid');
  if (SPACE.test(written)) throw new Fault('model_invalid', { detail: HAS_SPACE });
  return written.replace(/^models\//, '');
}
