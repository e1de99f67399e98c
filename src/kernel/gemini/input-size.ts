/** How much input a call has, as far as its bytes tell without parsing them. */
export interface InputSize {
  /** Bytes outside inline media. */
  readonly textBytes: number;
  /** Tokens of inline media, by constants. */
  readonly mediaTokens: number;
}

export const NO_INPUT: InputSize = { textBytes: 0, mediaTokens: 0 };

/** Field names of inline media in the spellings that proto-JSON takes, and the OpenAI form of it. */
const MARKS = ['"inlineData"', '"inline_data"', '"image_url"'].map((name) => Buffer.from(name));

/** The value of inline media begins after its name within so many bytes: the MIME type stands between. */
const HEAD_BYTES = 512;

/** A string of media is longer than this; shorter ones are names and types. */
const BLOB_BYTES_MIN = 256;

const QUOTE = 0x22;

/** No prompt has more images (wire facts F.4); what stands beyond counts as text, so that no body takes long. */
const PARTS_MAX = 3_600;

/** Tokens of one part by the kind of its MIME type: an image is 1,120 by default (wire facts F.4); the rest are round. */
const TOKENS_BY_TYPE: readonly (readonly [type: string, tokens: number])[] = [
  ['image/', 1_120],
  ['audio/', 2_000],
  ['video/', 20_000],
  ['application/pdf', 5_000],
];
const OTHER_TOKENS = 1_000;

/** Sizes up a JSON body: what is inline media is searched by its field name and skipped to its closing quote. */
export function inputSize(body: Buffer | undefined): InputSize {
  if (!body) return NO_INPUT;
  let mediaBytes = 0;
  let mediaTokens = 0;
  let parts = 0;
  for (const mark of MARKS) {
    for (let at = body.indexOf(mark); at >= 0 && parts < PARTS_MAX; at = body.indexOf(mark, at)) {
      parts += 1;
      const head = body.toString('latin1', at, at + HEAD_BYTES);
      const blob = longString(body, at + mark.length);
      at = blob.end;
      mediaBytes += blob.end - blob.start;
      mediaTokens += TOKENS_BY_TYPE.find(([type]) => head.includes(type))?.[1] ?? OTHER_TOKENS;
    }
  }
  return { textBytes: body.length - mediaBytes, mediaTokens };
}

/** The first string after `from` that is long enough to be media; an empty one at its place when none follows soon. */
function longString(body: Buffer, from: number): { readonly start: number; readonly end: number } {
  const until = from + HEAD_BYTES;
  let start = body.indexOf(QUOTE, from);
  while (start >= 0 && start < until) {
    const close = body.indexOf(QUOTE, start + 1);
    const end = close < 0 ? body.length : close;
    if (end - start > BLOB_BYTES_MIN) return { start, end };
    start = close;
  }
  return { start: from, end: from };
}
