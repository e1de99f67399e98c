import { isMapping } from '../option-path.js';
import type { DocumentValue } from './config-document.js';

/** A JSON merge patch (RFC 7396): mappings are merged name by name, null removes a name, anything else replaces. */
export function mergePatch(target: DocumentValue | undefined, patch: DocumentValue): DocumentValue {
  if (!isMapping(patch)) return patch;
  const before = isMapping(target) ? target : {};
  const changes = Object.entries(patch).map(([name, value]) => [name, mergePatch(before[name], value)] as const);
  const merged = Object.entries({ ...before, ...Object.fromEntries(changes) });
  return Object.fromEntries(merged.filter(([name]) => patch[name] !== null));
}
