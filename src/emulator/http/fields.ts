import { isObject } from '../json.js';
import type { JsonObject } from '../json.js';

/** Keeps the top-level fields that a `fields=` mask names; what a mask says about deeper levels is ignored. */
export function onlyFields(value: unknown, mask: string): unknown {
  if (!isObject(value)) return value;
  const names = topLevelNames(mask);
  if (names.has('*')) return value;
  const kept: JsonObject = {};
  for (const [name, field] of Object.entries(value)) {
    if (names.has(name)) kept[name] = field;
  }
  return kept;
}

function topLevelNames(mask: string): ReadonlySet<string> {
  let flat = mask;
  // Parentheses nest, so the innermost go first.
  while (flat.includes('(')) {
    const next = flat.replace(/\([^()]*\)/g, '');
    if (next === flat) break;
    flat = next;
  }
  return new Set(flat.split(',').map((path) => path.trim().split(/[/.]/)[0] ?? ''));
}
