import { timingSafeEqual } from 'node:crypto';

import { CHAIN_START, type ChainPosition } from './audit-line.js';
import type { BreakKind, ChainBreak, VerifyReport } from './chain-break.js';
import { type ChainKeys, macOf } from './chain-key.js';
import { type ChainLink, readChainLink } from './chain-link.js';
import type { FileLine } from './file-lines.js';
import { MissingLines } from './missing-lines.js';

const BREAKS_MAX = 1_000;
const NO_PREVIOUS_FILE = '"previous_file":null';

/** Follows a chain line by line; feed it a file from the first line to the last, then ask for the report. */
export class ChainVerifier {
  private readonly breaks: ChainBreak[] = [];
  private readonly missing = new MissingLines();
  private checked = 0;
  private replica: string | undefined;
  /** The authentic line with the highest number. */
  private last: ChainPosition | undefined;
  /** Lines since then that cannot be trusted, each of which may stand for one number. */
  private untrusted = 0;

  constructor(private readonly keys: ChainKeys) {}

  add({ bytes, whole }: FileLine): void {
    this.checked += 1;
    if (!whole) {
      this.report('truncated', 'The last line is incomplete.');
      return;
    }
    const link = readChainLink(bytes);
    const distrust = link ? this.distrust(link, bytes) : (['edited', 'This is no audit line.'] as const);
    if (link && !distrust) this.follow(link, bytes);
    else this.untrusted += 1;
    if (distrust) this.report(...distrust);
  }

  /** What is wrong with the chain. `head`: where it is known to end, from the database. */
  finish(head: ChainPosition = CHAIN_START): VerifyReport {
    for (const { from, to, noticedAtLine } of this.missing.list()) {
      this.report('removed', `Before this line, ${span(from, to)} missing.`, noticedAtLine);
    }
    if (this.checked === 0) this.report('truncated', 'The file is empty; even a new one has a first line.', 1);
    const end = (this.last?.seq ?? 0) + this.untrusted;
    if (head.seq > end) this.report('truncated', `After the last line, ${span(end + 1, head.seq)} missing.`);
    const breaks = this.breaks.toSorted((one, other) => one.line - other.line);
    return { valid: breaks.length === 0, checked: this.checked, breaks };
  }

  private distrust(link: ChainLink, bytes: Buffer): readonly [BreakKind, string] | undefined {
    const key = this.keys(link.kid);
    if (!key) return ['unknown_key', `Signed with key ${link.kid}, which the master key at hand does not give.`];
    const mac = Buffer.from(macOf(key, bytes.subarray(0, link.signedBytes)));
    const found = Buffer.from(link.mac);
    if (mac.length === found.length && timingSafeEqual(mac, found)) return undefined;
    return ['edited', `Line ${link.seq} of the chain is not as it was written.`];
  }

  private follow(link: ChainLink, bytes: Buffer): void {
    this.replica ??= link.replica;
    if (link.replica !== this.replica) this.report('foreign', `The line is of replica ${link.replica}.`);
    else if (!this.last) this.begin(link, bytes);
    else if (link.seq > this.last.seq) this.advance(link, this.last);
    else this.lookBack(link);
  }

  private begin(link: ChainLink, bytes: Buffer): void {
    const isCheckpoint = link.eventType === 'Checkpoint';
    if (!isCheckpoint && this.untrusted === 0) {
      this.report('truncated', `The file begins with line ${link.seq} of the chain; its beginning is missing.`);
    } else if (isCheckpoint && link.seq > 1 && bytes.includes(NO_PREVIOUS_FILE)) {
      this.report('removed', `The file continues the chain, but ${span(1, link.seq - 1)} in no file before it.`);
    }
    this.moveTo(link);
  }

  private advance(link: ChainLink, last: ChainPosition): void {
    const skipped = link.seq - last.seq - 1 - this.untrusted;
    if (skipped > 0) this.skip(last.seq + 1, last.seq + skipped, link);
    const adjacent = link.seq === last.seq + 1 && this.untrusted === 0;
    if (adjacent && link.prev !== last.mac) this.report('forked', `It does not follow line ${last.seq} as found here.`);
    this.moveTo(link);
  }

  private skip(from: number, to: number, link: ChainLink): void {
    // The writer itself found the end of the file missing when it opened it again.
    if (link.eventType === 'Recovery') this.report('truncated', `Before this line, ${span(from, to)} missing.`);
    else this.missing.add({ from, to, noticedAtLine: this.checked });
  }

  private lookBack(link: ChainLink): void {
    if (this.missing.found(link.seq)) this.report('reordered', `Line ${link.seq} of the chain stands too late.`);
    else this.report('duplicated', `Line ${link.seq} of the chain is here a second time.`);
  }

  private moveTo({ seq, mac }: ChainLink): void {
    this.last = { seq, mac };
    this.untrusted = 0;
  }

  private report(kind: BreakKind, detail: string, line = this.checked): void {
    if (this.breaks.length < BREAKS_MAX) this.breaks.push({ line, kind, detail });
  }
}

function span(from: number, to: number): string {
  return from === to ? `line ${from} of the chain is` : `lines ${from} to ${to} of the chain are`;
}
