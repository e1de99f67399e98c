export type OptionPath = readonly (string | number)[];

/** A path as it is shown and logged: `gemini.api_keys[0].weight`, `gemini.tiers.free["a b"]`. */
export function formatPath(path: OptionPath): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\w-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** The steps of a plain dotted name such as `auth.jwt_secret`. */
export function stepsOf(name: string): string[] {
  return name.split('.');
}

/** The value at a path; undefined when anything on the way is missing or no container. */
export function valueAt(root: unknown, path: OptionPath): unknown {
  return path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return typeof step === 'number' ? (value as unknown[])[step] : undefined;
    return isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, root);
}

/** A copy with `value` at `path` (names only), making sections on the way; a wrong shape on the way stays as it is. */
export function withValueAt(root: unknown, path: readonly string[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (root !== undefined && !isMapping(root)) return root;
  return { ...root, [step]: withValueAt(root && Object.hasOwn(root, step) ? root[step] : undefined, rest, value) };
}

/**
 * A copy in which `change` was applied wherever `pattern` leads; `[]` stands for every item (`gemini.api_keys[].key`).
 * Options that are not there stay away; one that changes to undefined is removed.
 */
export function changeAt(root: unknown, pattern: string, change: (value: unknown) => unknown): unknown {
  return changeSteps(root, pattern.replaceAll('[]', '.[]').split('.'), change);
}

function changeSteps(value: unknown, steps: readonly string[], change: (value: unknown) => unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return change(value);
  if (step === '[]') return Array.isArray(value) ? value.map((item) => changeSteps(item, rest, change)) : value;
  if (!isMapping(value) || !Object.hasOwn(value, step)) return value;
  const changed = changeSteps(value[step], rest, change);
  const entries = Object.entries(value).map(([name, old]) => [name, name === step ? changed : old] as const);
  return Object.fromEntries(entries.filter(([, kept]) => kept !== undefined));
}

/** Whether the value is a mapping of names to values, neither a list nor null. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
