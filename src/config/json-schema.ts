import { z } from 'zod';
import { isMapping, type OptionPath } from './option-path.js';
import { proxyConfigSchema } from './schema.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema of the document, for editors. Secrets are marked `writeOnly`. */
export function configJsonSchema(): JsonSchema {
  return z.toJSONSchema(proxyConfigSchema, { io: 'input', unrepresentable: 'any', override: withoutSectionDefault });
}

/** The JSON Schema as config/proxy.schema.json holds it. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

/** The names that the section at a path may hold; none where names are free. */
export function optionNamesAt(path: OptionPath): readonly string[] {
  const section = path.reduce<unknown>(childOf, configJsonSchema());
  return isMapping(section) && isMapping(section.properties) ? Object.keys(section.properties) : [];
}

/** The options that hold secrets, as patterns: `gemini.api_keys[].key`. */
export function secretOptions(): readonly string[] {
  return secretsBelow(configJsonSchema(), '');
}

function secretsBelow(schema: unknown, path: string): string[] {
  if (!isMapping(schema)) return [];
  if (schema.writeOnly === true) return [path];
  const items = schema.items === undefined ? [] : secretsBelow(schema.items, `${path}[]`);
  const properties = isMapping(schema.properties) ? Object.entries(schema.properties) : [];
  return [...items, ...properties.flatMap(([name, child]) => secretsBelow(child, path ? `${path}.${name}` : name))];
}

function childOf(schema: unknown, step: string | number): unknown {
  if (!isMapping(schema)) return undefined;
  if (typeof step === 'number') return schema.items;
  return (isMapping(schema.properties) ? schema.properties[step] : undefined) ?? schema.additionalProperties;
}

/** `default: {}` of a section says nothing that its options do not say. */
function withoutSectionDefault({ jsonSchema }: { jsonSchema: { type?: unknown; default?: unknown } }): void {
  if (jsonSchema.type === 'object' && isMapping(jsonSchema.default) && Object.keys(jsonSchema.default).length === 0) {
    delete jsonSchema.default;
  }
}
