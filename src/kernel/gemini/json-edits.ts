/** A value that takes the place of a part of a JSON text. */
export interface JsonEdit {
  readonly start: number;
  /** The index behind the part. */
  readonly end: number;
  readonly value: string;
}

/** The text with some of its strings replaced; every other byte stays as it is. The edits stand in order. */
export function edited(json: Buffer, edits: readonly JsonEdit[]): Buffer {
  if (edits.length === 0) return json;
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end, value } of edits) {
    parts.push(json.subarray(at, start), Buffer.from(JSON.stringify(value)));
    at = end;
  }
  return Buffer.concat([...parts, json.subarray(at)]);
}
