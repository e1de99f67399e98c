import type { CheckedScenario } from '../scenario/scenario.schema.js';

/** A model as the service lists it. */
export interface Model {
  readonly name: string;
  readonly displayName: string;
  readonly methods: readonly string[];
  readonly inputTokenLimit: number;
  readonly outputTokenLimit: number;
  readonly thinks: boolean;
  /** The model that really answers, when that is another one. */
  readonly servedBy?: string;
}

const GENERATE = ['generateContent', 'countTokens', 'createCachedContent', 'batchGenerateContent'];
const EMBED = ['embedContent', 'countTextTokens', 'countTokens', 'asyncBatchEmbedContent'];
const LIVE = ['bidiGenerateContent'];
const VIDEO = ['predictLongRunning'];
const MEDIA = ['generateContent', 'countTokens', 'batchGenerateContent'];

const BUILT_IN: readonly (readonly [names: string, methods: readonly string[]])[] = [
  ['gemini-4-argon gemini-4-carbon gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash', GENERATE],
  ['gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview', GENERATE],
  ['gemini-2.5-pro gemini-2.5-flash gemini-2.5-flash-lite', GENERATE],
  ['gemini-flash-latest gemini-flash-lite-latest gemini-pro-latest gemma-4-31b-it gemma-4-26b-a4b-it', GENERATE],
  ['gemini-3-pro-image gemini-3.1-flash-image gemini-3.1-flash-lite-image', MEDIA],
  ['gemini-3.8-flash-tts gemini-3.8-flash-lite-tts gemini-3.5-transcribe', MEDIA],
  ['gemini-3.8-live gemini-3.1-flash-live-preview', LIVE],
  ['gemini-embedding-2 gemini-embedding-001', EMBED],
  ['veo-3.1-generate-preview veo-3.1-fast-generate-preview veo-3.1-lite-generate-preview', VIDEO],
];

/** Names that another model answers to; `modelVersion` says which. */
const SERVED_BY: Readonly<Record<string, string>> = {
  'gemini-3.7-flash': 'gemini-3.8-flash',
  'gemini-3.5-flash': 'gemini-3.6-flash',
  'gemini-flash-latest': 'gemini-3.8-flash',
  'gemini-flash-lite-latest': 'gemini-3.5-flash-lite',
  'gemini-pro-latest': 'gemini-3.1-pro-preview',
};

/** The models that exist: the built-in ones and the scenario's. */
export class ModelCatalogue {
  readonly all: readonly Model[];
  private readonly byName: ReadonlyMap<string, Model>;

  constructor(extra: CheckedScenario['models']) {
    const builtIn = BUILT_IN.flatMap(([names, methods]) =>
      names.split(' ').map((name) => toModel(name, methods, SERVED_BY[name])),
    );
    this.all = [...builtIn, ...extra.map(({ name, methods, served_by }) => toModel(name, methods, served_by))];
    this.byName = new Map(this.all.map((model) => [model.name, model]));
  }

  /** The model of that name, without `models/`. */
  find(name: string): Model | undefined {
    return this.byName.get(name);
  }
}

function toModel(name: string, methods: readonly string[], servedBy?: string): Model {
  const displayName = name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
  const thinks = methods === GENERATE && !name.startsWith('gemma') && !name.includes('lite');
  return { name, displayName, methods, inputTokenLimit: 1_048_576, outputTokenLimit: 65_536, thinks, servedBy };
}
