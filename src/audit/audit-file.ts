import { chmod, type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import type { ChainPosition } from './audit-line.js';
import { type AuditTail, readAuditTail } from './audit-tail.js';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** In what state an audit file was found. */
export interface FoundState {
  /** Bytes of an unfinished last line, which were cut off. */
  readonly cutBytes: number;
  /** Where the file's chain stands; undefined when the file is new. */
  readonly position: ChainPosition | undefined;
  /** The name that a file without any readable line was given, so that nothing is lost. */
  readonly movedTo: string | undefined;
}

/** One open audit file: only ever grows, by whole batches. Every method throws the file system's errors. */
export class AuditFile {
  private torn = false;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    private size: number,
    readonly found: FoundState,
  ) {}

  /** Opens or creates the file (0600, folder 0700) and cuts an unfinished last line. */
  static async open(path: string, nowMs: number): Promise<AuditFile> {
    await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
    const handle = await open(path, 'a+', FILE_MODE);
    try {
      const { size } = await handle.stat();
      const tail = await readAuditTail(handle, size);
      if (!tail.isAuditLog) return await AuditFile.replaceUnreadable(path, handle, nowMs);
      return await AuditFile.continue(path, handle, tail);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Appends all of `text`, or leaves the file as it was. */
  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    if (this.torn) await this.cutBack();
    this.torn = true;
    try {
      for (let done = 0; done < bytes.length;) done += (await this.handle.write(bytes, done)).bytesWritten;
    } catch (error) {
      // A full disk takes the first part of a batch. What is left of it goes now, or before the next batch.
      await this.cutBack().catch(() => undefined);
      throw error;
    }
    this.torn = false;
    this.size += bytes.length;
  }

  /** False when somebody removed, replaced or shortened the file under us. */
  async isIntact(): Promise<boolean> {
    const [ours, there] = await Promise.all([this.handle.stat(), stat(this.path).catch(() => undefined)]);
    return there?.ino === ours.ino && there.dev === ours.dev && ours.size >= this.size;
  }

  /** Waits until the disk has everything. */
  async sync(): Promise<void> {
    await this.handle.datasync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async cutBack(): Promise<void> {
    await this.handle.truncate(this.size);
    this.torn = false;
  }

  private static async continue(path: string, handle: FileHandle, tail: AuditTail): Promise<AuditFile> {
    if (tail.incompleteBytes > 0) await handle.truncate(tail.wholeBytes);
    await chmod(path, FILE_MODE);
    const found = { cutBytes: tail.incompleteBytes, position: tail.position, movedTo: undefined };
    return new AuditFile(path, handle, tail.wholeBytes, found);
  }

  private static async replaceUnreadable(path: string, unreadable: FileHandle, nowMs: number): Promise<AuditFile> {
    const aside = `${path}.unreadable-${nowMs}`;
    await rename(path, aside);
    const handle = await open(path, 'ax', FILE_MODE);
    await unreadable.close();
    return new AuditFile(path, handle, 0, { cutBytes: 0, position: undefined, movedTo: basename(aside) });
  }
}
