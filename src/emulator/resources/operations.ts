import { servedModel } from '../answers/generation.js';
import { fillText } from '../answers/words.js';
import { ApiError, googleError, invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import type { Charge } from '../http/call-context.js';
import { pageOf } from '../http/pages.js';
import type { Route } from '../http/router.js';
import type { JsonObject } from '../json.js';
import { listOf, objectOf, textOf } from '../json.js';
import { FileContent, fileJson, storeFile } from './file-store.js';
import { look, operationJson, operations, startOperation } from './operation-shelf.js';
import { checkFileUri } from './references.js';

/** What operations hang below. */
const PARENTS = [
  'models/{model}',
  'tunedModels/{model}',
  'fileSearchStores/{store}',
  'fileSearchStores/{store}/upload',
];

export const operationRoutes: readonly Route[] = [
  { method: 'POST', path: 'models/{model}:predictLongRunning', charge: chargeVideo, handle: makeVideo },
  ...PARENTS.flatMap((parent): Route[] => [
    { method: 'GET', path: `${parent}/operations`, handle: listOperations },
    { method: 'GET', path: `${parent}/operations/{operation}`, handle: getOperation },
  ]),
];

function chargeVideo(call: ApiCall): Charge {
  const model = servedModel(call, call.param('model'), 'predictLongRunning').name;
  return { model, inputTokens: 0 };
}

/** Starts a video; its file appears in the project when the operation is done. */
function makeVideo(call: ApiCall): Promise<void> {
  const { world, project, charge } = call;
  const instances = listOf(call.body.instances).map(objectOf);
  if (instances.length === 0) {
    throw invalidArgument('* PredictLongRunningRequest.instances: instances is not specified\n');
  }
  for (const { video } of instances) {
    const uri = textOf(objectOf(video).uri);
    if (uri !== undefined) checkFileUri(world, project, uri);
  }
  const finish = (): JsonObject => {
    const label = { displayName: undefined, mimeType: 'video/mp4', source: 'GENERATED' as const };
    const file = storeFile(world, project, label, FileContent.of(Buffer.from(fillText(4096))));
    return {
      '@type': 'type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse',
      generateVideoResponse: { generatedSamples: [{ video: { uri: fileJson(world, file).downloadUri } }] },
    };
  };
  return call.json(startOperation(world, project, `models/${charge.model}/operations/${world.ids.lower()}`, finish));
}

function listOperations(call: ApiCall): Promise<void> {
  const parent = `${nameOf(call)}/`;
  const own = [...operations.of(call.project).values()].filter(({ name }) => name.startsWith(parent));
  const { items, nextPageToken } = pageOf(call, own);
  return call.json({ ...(items.length > 0 && { operations: items.map(operationJson) }), nextPageToken });
}

function getOperation(call: ApiCall): Promise<void> {
  const operation = operations.of(call.project).get(nameOf(call));
  if (operation === undefined) throw new ApiError(googleError(404, 'Requested entity was not found.'));
  return call.json(look(operation));
}

/** The full name: the path behind the version. */
function nameOf(call: ApiCall): string {
  return call.path.slice(call.path.indexOf(`/${call.route.version}/`) + call.route.version.length + 2);
}
