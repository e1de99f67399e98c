/** A JSON object whose fields nobody has looked at yet. */
export type JsonObject = Record<string, unknown>;

/** The value when it is a JSON object, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** True for a JSON object; false for lists, null and plain values. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value when it is a list, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The value when it is a string. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value when it is a finite number, or a string that spells one (proto-JSON writes int64 as text). */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** A field of a proto-JSON object, written in camelCase or in snake_case: both are valid input. */
export function read(object: JsonObject, camelName: string): unknown {
  return object[camelName] ?? object[snakeCase(camelName)];
}

const snakeNames = new Map<string, string>();

function snakeCase(camelName: string): string {
  let snake = snakeNames.get(camelName);
  if (snake === undefined) {
    snake = camelName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakeNames.set(camelName, snake);
  }
  return snake;
}
