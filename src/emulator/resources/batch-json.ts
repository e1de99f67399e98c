import type { JsonObject } from '../json.js';
import type { BatchKind } from './batch-lines.js';

export type BatchState = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'CANCELLED';

/** A batch job of a project. */
export interface StoredBatch {
  readonly id: string;
  readonly kind: BatchKind;
  readonly model: string;
  readonly displayName: string;
  readonly inputConfig: JsonObject;
  readonly createdAt: string;
  readonly requestCount: number;
  looksLeft: number;
  state: BatchState;
  updatedAt: string;
  /** What came out; there once the batch has succeeded. */
  output: JsonObject | undefined;
}

const TYPES: Readonly<Record<BatchKind, string>> = { generate: 'GenerateContentBatch', embed: 'EmbedContentBatch' };
const PACKAGE = 'type.googleapis.com/google.ai.generativelanguage.v1main';

/** The batch as the operation that clients poll. */
export function batchJson(batch: StoredBatch): JsonObject {
  const name = `batches/${batch.id}`;
  const isOver = batch.state === 'SUCCEEDED' || batch.state === 'CANCELLED';
  return {
    name,
    metadata: {
      '@type': `${PACKAGE}.${TYPES[batch.kind]}`,
      model: `models/${batch.model}`,
      displayName: batch.displayName,
      inputConfig: batch.inputConfig,
      ...(batch.output !== undefined && { output: batch.output }),
      createTime: batch.createdAt,
      ...(isOver && { endTime: batch.updatedAt }),
      updateTime: batch.updatedAt,
      batchStats: statsOf(batch),
      state: `BATCH_STATE_${batch.state}`,
      name,
    },
    ...(isOver && { done: true }),
    ...(batch.state === 'CANCELLED' && { error: { code: 1, message: 'The operation was cancelled.' } }),
    ...(batch.output !== undefined && {
      response: { '@type': `${PACKAGE}.${TYPES[batch.kind]}Output`, ...batch.output },
    }),
  };
}

function statsOf({ state, requestCount }: StoredBatch): JsonObject {
  const count = String(requestCount);
  const field = state === 'SUCCEEDED' ? 'successfulRequestCount' : 'pendingRequestCount';
  return { requestCount: count, ...(state !== 'CANCELLED' && { [field]: count }) };
}
