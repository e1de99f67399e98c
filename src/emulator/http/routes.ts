import { authTokenRoutes } from '../resources/auth-tokens.js';
import { batchRoutes } from '../resources/batches.js';
import { cacheRoutes } from '../resources/caches.js';
import { countTokenRoutes } from '../resources/count-tokens.js';
import { downloadRoutes } from '../resources/downloads.js';
import { embeddingRoutes } from '../resources/embeddings.js';
import { fileRoutes } from '../resources/files.js';
import { generateRoutes } from '../resources/generate.js';
import { interactionRoutes } from '../resources/interactions.js';
import { modelRoutes } from '../resources/models.js';
import { openaiChatRoutes } from '../resources/openai-chat.js';
import { openaiRoutes } from '../resources/openai.js';
import { operationRoutes } from '../resources/operations.js';
import { storeRoutes } from '../resources/stores.js';
import { uploadRoutes } from '../resources/uploads.js';
import type { Route } from './router.js';

/** Every HTTP method of the API; within a collection the first that fits is taken. */
export const ROUTES: readonly Route[] = [
  ...generateRoutes,
  ...modelRoutes,
  ...countTokenRoutes,
  ...embeddingRoutes,
  ...fileRoutes,
  ...uploadRoutes,
  ...downloadRoutes,
  ...cacheRoutes,
  ...batchRoutes,
  ...operationRoutes,
  ...storeRoutes,
  ...interactionRoutes,
  ...openaiChatRoutes,
  ...openaiRoutes,
  ...authTokenRoutes,
];
