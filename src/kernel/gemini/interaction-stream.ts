import { FieldNames } from './field-names.js';
import { JsonStrings } from './json-strings.js';

const LF = 0x0a;
const DATA = 'data:';
const NOTHING = new FieldNames([]);
const ID_FIELDS = new FieldNames(['id', 'interaction_id']);

/** Where the events of an interaction tell its id (wire facts A.2). */
const ID_PATHS: ReadonlySet<string> = new Set(['interaction.id', 'interaction_id']);

/** The id that the first whole events of a stream tell; undefined when it is still to come. */
export function interactionIdIn(beginning: Buffer): string | undefined {
  let line = 0;
  for (let lf = beginning.indexOf(LF); lf >= 0; lf = beginning.indexOf(LF, line)) {
    const isData = beginning.toString('latin1', line, line + DATA.length) === DATA;
    const id = isData ? idIn(beginning.subarray(line + DATA.length, lf)) : undefined;
    if (id !== undefined) return id;
    line = lf + 1;
  }
  return undefined;
}

function idIn(event: Buffer): string | undefined {
  const strings = new JsonStrings(event, NOTHING);
  while (strings.next()) {
    if (strings.isUnder(ID_FIELDS) && ID_PATHS.has(strings.path)) return strings.text;
  }
  return undefined;
}
