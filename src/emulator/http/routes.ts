import { cacheRoutes } from '../resources/caches.js';
import { generateRoutes } from '../resources/generate.js';
import { modelRoutes } from '../resources/models.js';
import type { Route } from './router.js';

/** Every HTTP method of the API. */
export const ROUTES: readonly Route[] = [...generateRoutes, ...modelRoutes, ...cacheRoutes];
