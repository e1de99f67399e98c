import { servedModel } from '../answers/generation.js';
import { ApiError, googleError, invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import { pageOf } from '../http/pages.js';
import type { Route } from '../http/router.js';
import type { JsonObject } from '../json.js';
import { objectOf, read, textOf } from '../json.js';
import { Shelf } from '../world/project.js';
import type { Project } from '../world/project.js';
import type { StoredBatch } from './batch-json.js';
import { batchJson } from './batch-json.js';
import type { BatchKind, BatchLine } from './batch-lines.js';
import { fileLines, inlineLines, resultOf } from './batch-lines.js';
import { FileContent, filePermissionError, liveFile, storeFile } from './file-store.js';

/** A batch with its work still to do. */
interface Job extends StoredBatch {
  readonly work: () => JsonObject;
}

const batches = new Shelf<Project, Job>();

export const batchRoutes: readonly Route[] = [
  { method: 'POST', path: 'models/{model}:batchGenerateContent', handle: (call) => createBatch(call, 'generate') },
  { method: 'POST', path: 'models/{model}:asyncBatchEmbedContent', handle: (call) => createBatch(call, 'embed') },
  { method: 'GET', path: 'batches', handle: listBatches },
  { method: 'GET', path: 'batches/{batch}', handle: getBatch },
  { method: 'POST', path: 'batches/{batch}:cancel', handle: cancelBatch },
  { method: 'DELETE', path: 'batches/{batch}', handle: deleteBatch },
];

function createBatch(call: ApiCall, kind: BatchKind): Promise<void> {
  const method = kind === 'generate' ? 'batchGenerateContent' : 'asyncBatchEmbedContent';
  const model = servedModel(call, call.param('model'), method).name;
  const plan = objectOf(call.body.batch);
  const inputConfig = objectOf(read(plan, 'inputConfig'));
  const fileName = textOf(read(inputConfig, 'fileName'));
  const lines = fileName === undefined ? inlineLines(inputConfig) : linesOfFile(call, fileName);
  if (lines.length === 0) {
    throw invalidArgument('* BatchGenerateContentRequest.batch.input_config: input is not specified\n');
  }
  const createdAt = call.world.timestamp();
  const id = call.world.ids.lower(28);
  const job: Job = {
    id,
    kind,
    model,
    displayName: textOf(read(plan, 'displayName')) ?? '',
    inputConfig: fileName === undefined ? {} : { fileName },
    createdAt,
    requestCount: lines.length,
    looksLeft: call.world.scenario.polls_until_done,
    state: 'PENDING',
    updatedAt: createdAt,
    output: undefined,
    work: () => {
      call.charge = { model, inputTokens: 0 };
      const results = lines.map((line) => resultOf(call, kind, line));
      return fileName === undefined ? inlineOutput(kind, results) : fileOutput(call, id, results);
    },
  };
  batches.of(call.project).set(id, job);
  return call.json(batchJson(job));
}

function linesOfFile(call: ApiCall, fileName: string): readonly BatchLine[] {
  const id = fileName.replace(/^files\//, '');
  const file = liveFile(call.world, call.project, id);
  if (file?.content === undefined) throw filePermissionError(id);
  return fileLines(file.content);
}

function inlineOutput(kind: BatchKind, results: readonly JsonObject[]): JsonObject {
  const field = kind === 'generate' ? 'inlinedResponses' : 'inlinedEmbedContentResponses';
  return { [field]: { inlinedResponses: results } };
}

/** Results of a file go to a file: `files/batch-{id}`, one line each. */
function fileOutput(call: ApiCall, id: string, results: readonly JsonObject[]): JsonObject {
  const content = FileContent.of(Buffer.from(results.map((result) => `${JSON.stringify(result)}\n`).join('')));
  const label = {
    id: `batch-${id}`,
    displayName: undefined,
    mimeType: 'application/jsonl',
    source: 'GENERATED' as const,
  };
  const file = storeFile(call.world, call.project, label, content);
  return { responsesFile: `files/${file.id}` };
}

function listBatches(call: ApiCall): Promise<void> {
  const { items, nextPageToken } = pageOf(call, [...batches.of(call.project).values()].reverse());
  return call.json({ ...(items.length > 0 && { operations: items.map(batchJson) }), nextPageToken });
}

/** Each look brings the batch forward: pending, running, succeeded. */
function getBatch(call: ApiCall): Promise<void> {
  const job = own(call);
  if (job.state === 'PENDING' || job.state === 'RUNNING') {
    job.looksLeft -= 1;
    job.state = job.looksLeft > 0 ? 'RUNNING' : 'SUCCEEDED';
    job.updatedAt = call.world.timestamp();
    if (job.state === 'SUCCEEDED') job.output = job.work();
  }
  return call.json(batchJson(job));
}

function cancelBatch(call: ApiCall): Promise<void> {
  const job = own(call);
  if (job.state !== 'SUCCEEDED') job.state = 'CANCELLED';
  return call.json({});
}

function deleteBatch(call: ApiCall): Promise<void> {
  batches.of(call.project).delete(own(call).id);
  return call.json({});
}

function own(call: ApiCall): Job {
  const job = batches.of(call.project).get(call.param('batch'));
  if (job === undefined) throw new ApiError(googleError(404, 'Requested entity was not found.'));
  return job;
}
