/** Tokens of one call, summed; cached is a part of input, thoughts are outside output. */
export interface TokenUsage {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly thoughts: number;
  readonly toolUse: number;
}
