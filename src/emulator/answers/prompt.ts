import { isObject, listOf, objectOf, read, textOf } from '../json.js';
import type { JsonObject } from '../json.js';

/** What the emulator understands of a request for content, whatever surface it came by. */
export interface Prompt {
  /** All text, system instruction included, in order: what prefix caches look at. */
  readonly text: string;
  /** The text of the last user turn. */
  readonly question: string;
  /** Text tokens plus constants for media. */
  readonly tokens: number;
  /** The last turn brings the result of a function. */
  readonly answersCall: boolean;
}

/** About four characters make a token. */
export function textTokens(characters: number): number {
  return Math.ceil(characters / 4);
}

const MEDIA_TOKENS: Readonly<Record<string, number>> = {
  image: 1120,
  audio: 320,
  video: 2630,
  application: 560,
  text: 560,
};

/** Reads `contents` and `systemInstruction` of a native request. */
export function readPrompt(body: JsonObject): Prompt {
  const contents = listOf(body.contents).map(objectOf);
  const texts: string[] = [];
  let mediaTokens = 0;
  for (const content of [objectOf(read(body, 'systemInstruction')), ...contents]) {
    for (const part of partsOf(content)) {
      if (typeof part.text === 'string') texts.push(part.text);
      else mediaTokens += partTokens(part);
    }
  }
  const text = texts.join('\n');
  const last = partsOf(contents.at(-1) ?? {});
  return {
    text,
    question: last.map((part) => textOf(part.text) ?? resultText(part)).join(' '),
    tokens: Math.max(1, textTokens(text.length) + mediaTokens),
    answersCall: last.some((part) => isObject(read(part, 'functionResponse'))),
  };
}

/** The parts of a content; a bare string and a single part are valid too. */
export function partsOf(content: JsonObject): readonly JsonObject[] {
  if (Array.isArray(content.parts)) return content.parts.map(objectOf);
  return isObject(content.parts) ? [content.parts] : [];
}

/** What a function gave back, so that the answer can quote it. */
function resultText(part: JsonObject): string {
  const response = objectOf(read(part, 'functionResponse')).response;
  return response === undefined ? '' : JSON.stringify(response);
}

function partTokens(part: JsonObject): number {
  const media = read(part, 'inlineData') ?? read(part, 'fileData');
  if (isObject(media)) {
    const type = (textOf(read(media, 'mimeType')) ?? 'text').split('/')[0] ?? 'text';
    return MEDIA_TOKENS[type] ?? 258;
  }
  return textTokens(JSON.stringify(part).length);
}
