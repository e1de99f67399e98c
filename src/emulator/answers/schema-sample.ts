import { isObject, listOf, objectOf, read, textOf } from '../json.js';
import type { JsonObject } from '../json.js';

const WORD_OF_NOTE = /\b\p{Lu}[\p{L}\d]+\b/gu;

/** A value that satisfies a JSON schema (or the OpenAPI subset); strings are taken from the text when it names something. */
export function sampleOf(schema: unknown, text: string): unknown {
  const node = objectOf(schema);
  const choices = listOf(node.enum);
  if (choices.length > 0) return choices[0];
  const alternatives = listOf(read(node, 'anyOf') ?? read(node, 'oneOf'));
  if (alternatives.length > 0) return sampleOf(alternatives[0], text);
  return (SAMPLES[typeOf(node)] ?? (() => noun(text)))(node, text);
}

const SAMPLES: Readonly<Record<string, (node: JsonObject, text: string) => unknown>> = {
  object: sampleObject,
  array: (node, text) => [sampleOf(node.items, text)],
  number: (node) => node.minimum ?? 1,
  integer: (node) => node.minimum ?? 1,
  boolean: () => true,
  null: () => null,
};

function typeOf(node: JsonObject): string {
  const type = Array.isArray(node.type) ? (node.type as unknown[])[0] : node.type;
  return (textOf(type) ?? (isObject(node.properties) ? 'object' : 'string')).toLowerCase();
}

function sampleObject(node: JsonObject, text: string): JsonObject {
  const properties = Object.entries(objectOf(node.properties));
  return Object.fromEntries(properties.map(([name, property]) => [name, sampleOf(property, text)]));
}

/** The last capitalised word that does not begin the text: most often a name. */
function noun(text: string): string {
  const names = [...text.matchAll(WORD_OF_NOTE)].filter(({ index }) => index > 0).map(([word]) => word);
  return names.at(-1) ?? 'sample';
}
