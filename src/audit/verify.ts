import type { ChainPosition } from './audit-line.js';
import type { VerifyReport } from './chain-break.js';
import type { ChainKeys } from './chain-key.js';
import { ChainVerifier } from './chain-verifier.js';
import { fileLines } from './file-lines.js';

/** What a verification needs beside the file. */
export interface VerifyOptions {
  readonly keys: ChainKeys;
  /** Where the chain is known to end; without it, whole lines cut from the end cannot be missed. */
  readonly head?: ChainPosition;
}

/** Checks every line of one audit file and its place in the chain, offline. Throws the file system's errors. */
export async function verifyAuditFile(path: string, { keys, head }: VerifyOptions): Promise<VerifyReport> {
  const verifier = new ChainVerifier(keys);
  for await (const line of fileLines(path)) verifier.add(line);
  return verifier.finish(head);
}
