import type { Surface } from './surface.js';

/** Tokens of one call, summed; cached is a part of input, thoughts are outside output. */
export interface TokenUsage {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly thoughts: number;
  readonly toolUse: number;
}

type Counts = Readonly<Record<string, unknown>>;

/** The field of an answer that holds its usage, and how to read it (wire facts F.1, F.2). */
interface UsageShape {
  readonly field: string;
  readonly modelField: string;
  readonly read: (counts: Counts) => TokenUsage;
}

const NATIVE: UsageShape = { field: 'usageMetadata', modelField: 'modelVersion', read: readNative };
const LIVE: UsageShape = { ...NATIVE, read: readLive };
const INTERACTIONS: UsageShape = { field: 'usage', modelField: 'model', read: readInteractions };
const OPENAI: UsageShape = { field: 'usage', modelField: 'model', read: readOpenai };

const SHAPES: Readonly<Record<Surface, UsageShape>> = {
  native: NATIVE,
  upload: NATIVE,
  download: NATIVE,
  live: LIVE,
  interactions: INTERACTIONS,
  openai: OPENAI,
};

/** The names of the fields to look for in answers of a surface. */
export function usageFields(surface: Surface): { readonly usage: string; readonly model: string } {
  const { field, modelField } = SHAPES[surface];
  return { usage: field, model: modelField };
}

/** The usage that a surface's usage object tells; undefined when it is no object. */
export function readUsage(surface: Surface, value: unknown): TokenUsage | undefined {
  return isCounts(value) ? SHAPES[surface].read(value) : undefined;
}

function readNative(counts: Counts): TokenUsage {
  return {
    input: count(counts['promptTokenCount']),
    output: count(counts['candidatesTokenCount']),
    cached: count(counts['cachedContentTokenCount']),
    thoughts: count(counts['thoughtsTokenCount']),
    toolUse: count(counts['toolUsePromptTokenCount']),
  };
}

function readLive(counts: Counts): TokenUsage {
  return { ...readNative(counts), output: count(counts['responseTokenCount'] ?? counts['candidatesTokenCount']) };
}

function readInteractions(counts: Counts): TokenUsage {
  return {
    input: count(counts['total_input_tokens']),
    output: count(counts['total_output_tokens']),
    cached: count(counts['total_cached_tokens']),
    thoughts: count(counts['total_thought_tokens']),
    toolUse: count(counts['total_tool_use_tokens']),
  };
}

/** Google's OpenAI route counts thinking in the total alone (openai-python#2544). */
function readOpenai(counts: Counts): TokenUsage {
  const input = count(counts['prompt_tokens']);
  const output = count(counts['completion_tokens']);
  const details = counts['prompt_tokens_details'];
  return {
    input,
    output,
    cached: isCounts(details) ? count(details['cached_tokens']) : 0,
    thoughts: Math.max(0, count(counts['total_tokens']) - input - output),
    toolUse: 0,
  };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

function isCounts(value: unknown): value is Counts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
