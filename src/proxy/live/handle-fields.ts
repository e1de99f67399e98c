import { FieldNames } from '../../kernel/gemini/field-names.js';
import { edited, type JsonEdit } from '../../kernel/gemini/json-edits.js';
import { JsonStrings } from '../../kernel/gemini/json-strings.js';
import type { Frame } from './live-end.js';

/** Nothing in a frame is passed over: a name that stands elsewhere has another path. */
const NONE = new FieldNames([]);

const TOLD_NAMES = ['newHandle', 'new_handle'] as const;
const TOLD = new FieldNames(TOLD_NAMES);
const TOLD_PATH = /^session_?resumption_?update\.new_?handle$/i;
const TOLD_BYTES = TOLD_NAMES.map((name) => Buffer.from(name));

const SENT = new FieldNames(['handle']);
const SENT_PATH = /^setup\.session_?resumption\.handle$/i;

/** A handle in a frame, and where its string stands. */
export interface FoundHandle extends Omit<JsonEdit, 'value'> {
  readonly handle: string;
}

/** The handles that a caller's `setup` sends, in either spelling, also empty ones, which resume nothing. */
export function handlesSent(frame: Frame): FoundHandle[] {
  return handlesIn(frame, SENT, SENT_PATH);
}

/**
 * A server frame in which every handle was replaced; the very frame when it tells none, which a search of its bytes
 * decides: it is not read, however large.
 */
export function withHandlesReplaced(frame: Frame, replace: (handle: string) => string): Frame {
  if (!TOLD_BYTES.some((name) => frame.data.includes(name))) return frame;
  const told = handlesIn(frame, TOLD, TOLD_PATH).filter(({ handle }) => handle !== '');
  return withValues(
    frame,
    told.map(({ handle, start, end }) => ({ start, end, value: replace(handle) })),
  );
}

/** The frame with other strings in some places; every other byte stays as it is. */
export function withValues(frame: Frame, edits: readonly JsonEdit[]): Frame {
  return edits.length === 0 ? frame : { ...frame, data: edited(frame.data, edits) };
}

function handlesIn({ data }: Frame, names: FieldNames, path: RegExp): FoundHandle[] {
  const found: FoundHandle[] = [];
  const strings = new JsonStrings(data, NONE);
  while (strings.next()) {
    if (!strings.isUnder(names) || !path.test(strings.path)) continue;
    found.push({ handle: strings.text, start: strings.start, end: strings.end });
  }
  return found;
}
