import type { JsonObject } from '../json.js';
import { Shelf } from '../world/project.js';
import type { Project } from '../world/project.js';
import type { World } from '../world/world.js';
import { FileContent } from './file-store.js';

/** What a resumable upload becomes once it is complete. */
export type UploadTarget =
  | { readonly kind: 'file'; readonly metadata: JsonObject }
  | { readonly kind: 'store'; readonly store: string; readonly metadata: JsonObject };

/** A resumable upload. It belongs to the project that started it. */
export interface UploadSession {
  readonly id: string;
  readonly project: Project;
  readonly target: UploadTarget;
  readonly mimeType: string;
  readonly fileName: string | undefined;
  /** Undefined when the caller did not say. */
  readonly expectedBytes: number | undefined;
  readonly content: FileContent;
  status: 'active' | 'final' | 'cancelled';
  /** The JSON of what came out; said again when the last chunk is repeated. */
  result: JsonObject | undefined;
}

/** Chunks other than the last come in multiples of this. */
export const CHUNK_GRANULARITY_BYTES = 8 * 1024 * 1024;

export const uploads = new Shelf<World, UploadSession>();

/** Opens a session under a new id. */
export function openUpload(
  world: World,
  plan: Pick<UploadSession, 'project' | 'target' | 'mimeType' | 'fileName' | 'expectedBytes'>,
): UploadSession {
  const session: UploadSession = {
    ...plan,
    id: world.ids.urlSafe(60),
    content: new FileContent(),
    status: 'active',
    result: undefined,
  };
  uploads.of(world).set(session.id, session);
  return session;
}
