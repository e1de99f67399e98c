/** Tokens of one answer, before a surface gives them its own names. */
export interface Usage {
  /** Includes the cached ones. */
  readonly prompt: number;
  readonly cached: number;
  /** Without thoughts. */
  readonly answer: number;
  readonly thoughts: number;
}

/** The sum that is billed. */
export function totalTokens({ prompt, answer, thoughts }: Usage): number {
  return prompt + answer + thoughts;
}

/** usageMetadata of generateContent; counts of zero are left out, as the service does. */
export function nativeUsage(usage: Usage): Record<string, unknown> {
  return {
    promptTokenCount: usage.prompt,
    ...(usage.answer > 0 && { candidatesTokenCount: usage.answer }),
    totalTokenCount: totalTokens(usage),
    ...(usage.cached > 0 && {
      cachedContentTokenCount: usage.cached,
      cacheTokensDetails: [{ modality: 'TEXT', tokenCount: usage.cached }],
    }),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.prompt }],
    ...(usage.thoughts > 0 && { thoughtsTokenCount: usage.thoughts }),
    serviceTier: 'standard',
  };
}
