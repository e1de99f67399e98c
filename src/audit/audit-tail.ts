import type { FileHandle } from 'node:fs/promises';

import type { ChainPosition } from './audit-line.js';
import { readChainLink } from './chain-link.js';

const WINDOW_BYTES = 1_048_576;
const NEWLINE = 0x0a;

/** What the end of an existing audit file tells. */
export interface AuditTail {
  /** Bytes up to the end of the last whole line. */
  readonly wholeBytes: number;
  /** Bytes after it: the beginning of a line that was never finished. */
  readonly incompleteBytes: number;
  /** Where the chain stands after the last readable line; undefined when none is readable. */
  readonly position: ChainPosition | undefined;
  /** Whether the file can be continued: it is empty, has a readable line, or is the beginning of its first one. */
  readonly isAuditLog: boolean;
}

const FIRST_BYTES = Buffer.from('{"v":1,"timestamp":"');

/** Reads the end of a file of `size` bytes; throws the file system's errors. */
export async function readAuditTail(handle: FileHandle, size: number): Promise<AuditTail> {
  const length = Math.min(size, WINDOW_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
  const window = buffer.subarray(0, bytesRead);
  const incompleteBytes = window.length - (window.lastIndexOf(NEWLINE) + 1);
  const whole = window.subarray(0, window.length - incompleteBytes);
  const position = lastPosition(whole);
  const isAuditLog = position !== undefined || (length === size && whole.length === 0 && isBeginning(window));
  return { wholeBytes: size - incompleteBytes, incompleteBytes, position, isAuditLog };
}

function isBeginning(window: Buffer): boolean {
  const length = Math.min(window.length, FIRST_BYTES.length);
  return window.subarray(0, length).equals(FIRST_BYTES.subarray(0, length));
}

function lastPosition(whole: Buffer): ChainPosition | undefined {
  for (let end = whole.length - 1; end > 0;) {
    const start = whole.lastIndexOf(NEWLINE, end - 1) + 1;
    const link = readChainLink(whole.subarray(start, end));
    if (link) return { seq: link.seq, mac: link.mac };
    end = start - 1;
  }
  return undefined;
}
