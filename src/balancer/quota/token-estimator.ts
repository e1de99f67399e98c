import type { InputSize } from '../../kernel/gemini/input-size.js';

/** Tokens that upstream makes of a byte of text. */
interface Ratio {
  mean: number;
  /** Mean distance from the mean. */
  deviation: number;
}

/** English prose with some JSON around it; real answers correct it. */
const UNKNOWN: Readonly<Ratio> = { mean: 0.25, deviation: 0.05 };

/** Weights of the newest observation, as TCP's timer has them (RFC 6298). */
const MEAN_ALPHA = 1 / 8;
const DEVIATION_ALPHA = 1 / 4;

/** An estimate lies so many deviations above the mean: nineteen calls in twenty have less, if they spread normally. */
const DEVIATIONS = 2;

/** Shorter bodies are mostly their JSON: they teach nothing about text. */
const TEXT_BYTES_MIN = 200;

const MODELS_MAX = 500;

/**
 * Guesses the input tokens of a call from its size; learns by model from what upstream counted. It guesses on the high
 * side, since what is too much is given back within seconds and what is too little costs a refusal.
 */
export class TokenEstimator {
  private readonly byModel = new Map<string, Ratio>();

  /** Input tokens that upstream will hardly exceed. */
  estimate(model: string | undefined, { textBytes, mediaTokens }: InputSize): number {
    if (textBytes === 0) return mediaTokens;
    const { mean, deviation } = this.byModel.get(model ?? '') ?? UNKNOWN;
    return Math.ceil(textBytes * Math.min(1, mean + DEVIATIONS * deviation)) + mediaTokens;
  }

  /** Learns from a call whose tokens upstream counted. */
  learn(model: string | undefined, { textBytes, mediaTokens }: InputSize, inputTokens: number): void {
    if (mediaTokens > 0 || textBytes < TEXT_BYTES_MIN) return;
    const ratio = this.ratioOf(model ?? '');
    const off = Math.min(1, inputTokens / textBytes) - ratio.mean;
    ratio.mean += MEAN_ALPHA * off;
    ratio.deviation += DEVIATION_ALPHA * (Math.abs(off) - ratio.deviation);
  }

  /** Names of models come from callers: beyond the bound, the one that was learned first starts anew. */
  private ratioOf(model: string): Ratio {
    const known = this.byModel.get(model);
    if (known) return known;
    const [oldest] = this.byModel.keys();
    if (this.byModel.size >= MODELS_MAX && oldest !== undefined) this.byModel.delete(oldest);
    const ratio = { ...UNKNOWN };
    this.byModel.set(model, ratio);
    return ratio;
  }
}
