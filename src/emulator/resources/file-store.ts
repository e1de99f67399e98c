import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import { ApiError, googleError } from '../errors/google-error.js';
import { Shelf } from '../world/project.js';
import type { Project } from '../world/project.js';
import type { World } from '../world/world.js';

/** A file of a project. Times are milliseconds since the epoch. */
export interface StoredFile {
  readonly id: string;
  readonly displayName: string | undefined;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly sha256Hex: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly source: 'UPLOADED' | 'GENERATED';
  /** Undefined when the file was too large to be kept: it is counted and hashed, but cannot be downloaded. */
  readonly content: Buffer | undefined;
}

const LIFETIME_MS = 48 * 3_600_000;
const KEPT_BYTES = 64 * 1024 * 1024;

export const files = new Shelf<Project, StoredFile>();

/** The project's file of that id, unless it has expired. */
export function liveFile(world: World, project: Project, id: string): StoredFile | undefined {
  const file = files.of(project).get(id);
  if (file === undefined || file.expiresAt > world.clock.now()) return file;
  files.of(project).delete(id);
  return undefined;
}

/** What the service says of a file that is another project's, gone, or never was. */
export function filePermissionError(id: string): ApiError {
  return new ApiError(googleError(403, `You do not have permission to access the File ${id} or it may not exist.`));
}

export type FileLabel = Pick<StoredFile, 'displayName' | 'mimeType' | 'source'> & { readonly id?: string };

/** Puts finished content into the project; throws ApiError (409) when the chosen id is taken. */
export function storeFile(world: World, project: Project, label: FileLabel, content: FileContent): StoredFile {
  const id = label.id ?? world.ids.lower();
  if (liveFile(world, project, id) !== undefined) {
    throw new ApiError(googleError(409, `File ${id} already exists.`));
  }
  const now = world.clock.now();
  const { displayName, mimeType, source } = label;
  const file: StoredFile = {
    id,
    displayName,
    mimeType,
    source,
    sizeBytes: content.bytes,
    sha256Hex: content.digest(),
    createdAt: now,
    expiresAt: now + LIFETIME_MS,
    content: content.kept(),
  };
  files.of(project).set(id, file);
  return file;
}

/** Content that arrives in pieces: hashed as it comes, kept while it is small. */
export class FileContent {
  bytes = 0;
  private readonly hash: Hash = createHash('sha256');
  private pieces: Buffer[] = [];

  /** Content that is there at once. */
  static of(bytes: Buffer): FileContent {
    const content = new FileContent();
    content.add(bytes);
    return content;
  }

  add(piece: Buffer): void {
    this.bytes += piece.length;
    this.hash.update(piece);
    if (this.bytes <= KEPT_BYTES) this.pieces.push(piece);
    else this.pieces = [];
  }

  /** The SHA-256 as hexadecimal text; may be asked for once. */
  digest(): string {
    return this.hash.digest('hex');
  }

  /** The content; undefined when it was too large to keep. */
  kept(): Buffer | undefined {
    return this.bytes <= KEPT_BYTES ? Buffer.concat(this.pieces) : undefined;
  }
}

/** The File resource as JSON. */
export function fileJson(world: World, file: StoredFile): Record<string, unknown> {
  const created = new Date(file.createdAt).toISOString();
  const uri = `${world.origin}/v1beta/files/${file.id}`;
  return {
    name: `files/${file.id}`,
    ...(file.displayName !== undefined && { displayName: file.displayName }),
    mimeType: file.mimeType,
    sizeBytes: String(file.sizeBytes),
    createTime: created,
    updateTime: created,
    expirationTime: new Date(file.expiresAt).toISOString(),
    // The service sends the hexadecimal digits in base64.
    sha256Hash: Buffer.from(file.sha256Hex).toString('base64'),
    uri,
    ...(file.source === 'GENERATED' && { downloadUri: `${uri}:download?alt=media` }),
    state: 'ACTIVE',
    source: file.source,
  };
}
