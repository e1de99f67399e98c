import { ApiError, googleError, invalidArgument } from '../errors/google-error.js';
import type { JsonObject } from '../json.js';
import { isObject, listOf, objectOf, read, textOf } from '../json.js';
import { partsOf } from '../answers/prompt.js';
import type { Project } from '../world/project.js';
import type { World } from '../world/world.js';
import { filePermissionError, liveFile } from './file-store.js';
import { findStore } from './store-shelf.js';

/** Throws ApiError unless every file and store that a native request names belongs to the project. */
export function checkReferences(world: World, project: Project, request: JsonObject): void {
  const contents = [read(request, 'systemInstruction'), ...listOf(request.contents)].map(objectOf);
  for (const part of contents.flatMap(partsOf)) checkPart(world, project, part);
  for (const tool of listOf(request.tools)) {
    const names = listOf(read(objectOf(read(objectOf(tool), 'fileSearch')), 'fileSearchStoreNames'));
    for (const name of names) findStore(project, String(name));
  }
}

function checkPart(world: World, project: Project, part: JsonObject): void {
  const fileData = read(part, 'fileData');
  if (isObject(fileData)) checkFileUri(world, project, textOf(read(fileData, 'fileUri')) ?? '');
  const nested = read(part, 'functionResponse');
  if (isObject(nested)) for (const inner of listOf(nested.parts)) checkPart(world, project, objectOf(inner));
}

const OWN_FILE = /\/(?:v1|v1beta|v1alpha)\/files\/([^/:?]+)/;

/** A file of this service must be the project's; any other public HTTPS address would be fetched. */
export function checkFileUri(world: World, project: Project, uri: string): void {
  const own = [world.origin, 'https://generativelanguage.googleapis.com'].some((origin) =>
    uri.startsWith(`${origin}/`),
  );
  const id = own ? OWN_FILE.exec(uri)?.[1] : /^files\/([^/:?]+)$/.exec(uri)?.[1];
  if (id !== undefined) {
    if (liveFile(world, project, id) === undefined) throw filePermissionError(id);
    return;
  }
  if (!isPublicHttps(uri)) throw invalidArgument(`Unsupported file URI type: ${uri.slice(0, 80)}`);
}

function isPublicHttps(uri: string): boolean {
  const { protocol, hostname } = URL.parse(uri) ?? { protocol: '', hostname: '' };
  if (protocol !== 'https:') return false;
  if (/^(localhost|127\.|10\.|192\.168\.|\[)/.test(hostname)) {
    throw new ApiError(
      googleError(
        400,
        'Cannot fetch content from the provided URL. Please ensure the URL is valid and accessible by Vertex AI.',
      ),
    );
  }
  return true;
}
