import { FieldTap } from '../kernel/gemini/field-tap.js';
import type { Surface } from '../kernel/gemini/surface.js';
import { readUsage, type TokenUsage, usageFields } from '../kernel/gemini/usage.js';

/** What an answer tells of its cost while it goes by. */
export interface Account {
  /** Looks at the next bytes, which it neither alters nor delays. */
  push(bytes: Buffer): void;
  /** Tokens so far; undefined when none were told. */
  readonly tokens: TokenUsage | undefined;
  /** The model that served the call, where the answer names it. */
  readonly servedModel: string | undefined;
}

/** The account of an HTTP answer: the last usage and model that it names. */
export class AnswerAccount implements Account {
  private readonly fields: ReturnType<typeof usageFields>;
  private readonly tap: FieldTap;

  constructor(private readonly surface: Surface) {
    this.fields = usageFields(surface);
    this.tap = new FieldTap([this.fields.usage, this.fields.model]);
  }

  push(bytes: Buffer): void {
    this.tap.push(bytes);
  }

  get tokens(): TokenUsage | undefined {
    return readUsage(this.surface, this.tap.value(this.fields.usage));
  }

  get servedModel(): string | undefined {
    const model = this.tap.value(this.fields.model);
    return typeof model === 'string' ? model.replace(/^models\//, '') : undefined;
  }
}
