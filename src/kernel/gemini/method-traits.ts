/** What a method of the API does, as far as the proxy must know. */
export interface MethodTraits {
  /** Costs money or quota when it is carried out twice, or makes something: never sent again once it may have arrived. */
  readonly once: boolean;
  /** Consumes a model: usage is read from its answer. */
  readonly billable: boolean;
}

const READ: MethodTraits = { once: false, billable: false };
const WRITE: MethodTraits = { once: true, billable: false };
const BILLED: MethodTraits = { once: true, billable: true };

/** The verb after the colon of a native path; from the v1 and v1beta discovery documents. */
const VERBS: ReadonlyMap<string, MethodTraits> = new Map([
  ['generateContent', BILLED],
  ['streamGenerateContent', BILLED],
  ['generateAnswer', BILLED],
  ['generateMessage', BILLED],
  ['generateText', BILLED],
  ['countTokens', READ],
  ['countMessageTokens', READ],
  ['countTextTokens', READ],
  ['embedContent', BILLED],
  ['embedText', BILLED],
  ['batchEmbedContents', BILLED],
  ['batchEmbedText', BILLED],
  ['predict', BILLED],
  ['predictLongRunning', BILLED],
  ['batchGenerateContent', BILLED],
  ['asyncBatchEmbedContent', BILLED],
]);

/** Collections of the OpenAI-compatible routes whose POST consumes a model. */
const OPENAI_POSTS: ReadonlyMap<string, MethodTraits> = new Map([
  ['chat/completions', BILLED],
  ['embeddings', BILLED],
  ['images/generations', BILLED],
  ['videos', BILLED],
]);

/** Traits of a native verb; an unknown verb is treated as one that must not happen twice. */
export function nativeTraits(httpMethod: string, verb: string | undefined): MethodTraits {
  const known = VERBS.get(verb ?? '');
  return known ?? readOrWrite(httpMethod);
}

/** Traits of an OpenAI-compatible route, by its path after `/openai/`. */
export function openaiTraits(httpMethod: string, route: string): MethodTraits {
  return (httpMethod === 'POST' ? OPENAI_POSTS.get(route) : undefined) ?? readOrWrite(httpMethod);
}

/** Traits of an Interactions path: creating one consumes a model. */
export function interactionsTraits(httpMethod: string, creates: boolean): MethodTraits {
  return httpMethod === 'POST' && creates ? BILLED : readOrWrite(httpMethod);
}

/** Traits that the HTTP method alone tells. */
export function readOrWrite(httpMethod: string): MethodTraits {
  return httpMethod === 'GET' || httpMethod === 'HEAD' ? READ : WRITE;
}
