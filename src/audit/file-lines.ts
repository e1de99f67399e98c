import { createReadStream } from 'node:fs';

const NEWLINE = 0x0a;
const LINE_BYTES_MAX = 1_048_576;

/** One line as it stands in a file, without its newline. */
export interface FileLine {
  readonly bytes: Buffer;
  /** False for what follows the last newline, and for lines of more than a mebibyte. */
  readonly whole: boolean;
}

/** The lines of a file, byte for byte, in memory of one line at a time. */
export async function* fileLines(path: string): AsyncGenerator<FileLine> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield { bytes: Buffer.concat([rest, chunk.subarray(start, end)]), whole: true };
      rest = Buffer.alloc(0);
      start = end + 1;
    }
    rest = Buffer.concat([rest, chunk.subarray(start)]);
    if (rest.length > LINE_BYTES_MAX) {
      yield { bytes: rest, whole: false };
      rest = Buffer.alloc(0);
    }
  }
  if (rest.length > 0) yield { bytes: rest, whole: false };
}
