/** What a written line says about its place in the chain; nothing of it is proved yet. */
export interface ChainLink {
  readonly eventType: string;
  readonly replica: string;
  readonly seq: number;
  readonly kid: string;
  readonly prev: string;
  readonly mac: string;
  /** How many of the line's bytes, from its beginning, the mac covers. */
  readonly signedBytes: number;
}

const BEGINNING = /^\{"v":1,"timestamp":"[^"]*","event_type":"(\w+)",/;
const END = /,"chain":\{"replica":"([\w-]+)","seq":(\d{1,15}),"kid":"([\w-]+)","prev":"([\w-]*)","mac":"([\w-]+)"\}\}$/;
const UNSIGNED_END = ',"mac":""}}'.length;

/** The link of a line (without its newline), or undefined when it is no chained audit line. */
export function readChainLink(line: Buffer): ChainLink | undefined {
  // Latin-1 keeps one character per byte, so that what was signed is counted in bytes.
  const text = line.toString('latin1');
  const eventType = BEGINNING.exec(text)?.[1];
  const [, replica, seq, kid, prev, mac] = END.exec(text.slice(-1_024)) ?? [];
  if (!eventType || !replica || !seq || !kid || prev === undefined || !mac) return undefined;
  return { eventType, replica, seq: Number(seq), kid, prev, mac, signedBytes: line.length - mac.length - UNSIGNED_END };
}
