import type { Clock } from '../kernel/clock.js';
import type { AuditEvent } from './audit-event.js';
import { AuditFile } from './audit-file.js';
import { type ChainPosition, type ChainSigner, toLineBody, toSignedLine } from './audit-line.js';
import { checkpointEvent, recoveryEvent } from './chain-events.js';

/**
 * Signs lines and appends them to the file, in order and each once. A file that vanished or was shortened is begun anew,
 * and its first line says where the chain stood. Calls must not overlap.
 */
export class ChainWriter {
  private file: AuditFile | undefined;
  /** Lines about the file itself, which go before everything else. */
  private leading: readonly string[] = [];

  constructor(
    private readonly path: string,
    private readonly signer: ChainSigner,
    private readonly clock: Clock,
    private last: ChainPosition,
  ) {}

  /** Where the chain stands in the file. */
  get position(): ChainPosition {
    return this.last;
  }

  /** Opens the file, so that what is wrong with it shows before the first line. */
  async open(): Promise<void> {
    await this.ensureFile();
  }

  /** Writes these lines with one write; on an error none of them is in the file, and the error is thrown. */
  async write(bodies: readonly string[]): Promise<void> {
    const file = await this.ensureFile();
    const { text, position } = this.sign([...this.leading, ...bodies]);
    if (text === '') return;
    await file.append(text);
    this.last = position;
    this.leading = [];
  }

  /** Waits until the disk has everything that was written. */
  async sync(): Promise<void> {
    await this.file?.sync();
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  private sign(bodies: readonly string[]): { text: string; position: ChainPosition } {
    let position = this.last;
    let text = '';
    for (const body of bodies) {
      const line = toSignedLine(body, position, this.signer);
      text += line.text;
      position = line.position;
    }
    return { text, position };
  }

  private async ensureFile(): Promise<AuditFile> {
    const open = this.file;
    if (open && (await open.isIntact())) return open;
    await this.close();
    const file = await AuditFile.open(this.path, this.clock.now());
    this.begin(file);
    return file;
  }

  private begin(file: AuditFile): void {
    const { found } = file;
    const checkpoint = found.position ? undefined : checkpointEvent(this.last, found.movedTo);
    const recovery = recoveryEvent(found, this.last);
    const nowMs = this.clock.now();
    this.leading = [checkpoint, recovery].filter(isEvent).map((event) => toLineBody(event, nowMs));
    if (found.position && found.position.seq >= this.last.seq) this.last = found.position;
    this.file = file;
  }
}

function isEvent(event: AuditEvent | undefined): event is AuditEvent {
  return event !== undefined;
}
