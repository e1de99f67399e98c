import { listOf, objectOf, read, textOf } from '../json.js';
import type { JsonObject } from '../json.js';
import { sampleOf } from './schema-sample.js';

/** A function that the model may call. */
export interface FunctionDeclaration {
  readonly name: string;
  readonly parameters: unknown;
}

export interface FunctionWish {
  readonly functions: readonly FunctionDeclaration[];
  /** `any` must call, `none` must not, `auto` calls when the question is about a function. */
  readonly mode: 'auto' | 'any' | 'none';
}

export interface FunctionCall {
  readonly name: string;
  readonly args: JsonObject;
}

/**
 * The call a model would make: in `auto` mode when the question names a function, or a word of four letters or more
 * of its name (`get_weather` is called for "What is the weather in Paris?").
 */
export function functionCall(question: string, { functions, mode }: FunctionWish): FunctionCall | undefined {
  if (mode === 'none' || functions.length === 0) return undefined;
  const lower = question.toLowerCase();
  const asked = functions.find(
    ({ name }) => lower.includes(name.toLowerCase()) || wordsOf(name).some((word) => lower.includes(word)),
  );
  const chosen = asked ?? (mode === 'any' ? functions[0] : undefined);
  return chosen === undefined
    ? undefined
    : { name: chosen.name, args: objectOf(sampleOf(chosen.parameters, question)) };
}

/** The declarations and the mode of a native request. */
export function nativeFunctions(body: JsonObject): FunctionWish {
  const declarations = listOf(body.tools).flatMap((tool) => listOf(read(objectOf(tool), 'functionDeclarations')));
  const config = objectOf(read(objectOf(read(body, 'toolConfig')), 'functionCallingConfig'));
  return { functions: declarations.map(objectOf).map(toDeclaration), mode: modeOf(textOf(config.mode)) };
}

/** One declaration: `{name, parameters}` or `{name, parametersJsonSchema}`. */
export function toDeclaration(declaration: JsonObject): FunctionDeclaration {
  const parameters = read(declaration, 'parametersJsonSchema') ?? declaration.parameters ?? { type: 'object' };
  return { name: textOf(declaration.name) ?? '', parameters: { type: 'object', ...objectOf(parameters) } };
}

/** The mode, from what either dialect calls it. */
export function modeOf(name: string | undefined): FunctionWish['mode'] {
  switch (name?.toLowerCase()) {
    case 'any':
    case 'required':
    case 'validated':
      return 'any';
    case 'none':
      return 'none';
    default:
      return 'auto';
  }
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word.length >= 4);
}
