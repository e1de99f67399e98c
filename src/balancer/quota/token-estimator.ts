import type { InputSize } from '../../kernel/gemini/input-size.js';

/** English prose with some JSON around it; the first real answer corrects it. */
const TOKENS_PER_BYTE = 0.25;

/** Weight of the newest observation. */
const ALPHA = 0.1;

/** Shorter bodies are mostly their JSON: they teach nothing about text. */
const TEXT_BYTES_MIN = 200;

const MODELS_MAX = 500;

/** Guesses the input tokens of a call from its size; learns by model from what upstream counted. */
export class TokenEstimator {
  private readonly tokensPerByte = new Map<string, number>();

  /** Input tokens that upstream will probably count. */
  estimate(model: string | undefined, { textBytes, mediaTokens }: InputSize): number {
    const perByte = this.tokensPerByte.get(model ?? '') ?? TOKENS_PER_BYTE;
    return Math.ceil(textBytes * perByte) + mediaTokens;
  }

  /** Learns from a call whose tokens upstream counted. */
  learn(model: string | undefined, { textBytes, mediaTokens }: InputSize, inputTokens: number): void {
    if (mediaTokens > 0 || textBytes < TEXT_BYTES_MIN) return;
    const name = model ?? '';
    const before = this.tokensPerByte.get(name);
    if (before === undefined && this.tokensPerByte.size >= MODELS_MAX) return;
    const known = before ?? TOKENS_PER_BYTE;
    this.tokensPerByte.set(name, known + ALPHA * (Math.min(1, inputTokens / textBytes) - known));
  }
}
