import { FieldTap } from '../../kernel/gemini/field-tap.js';
import type { Account } from '../answer-account.js';
import { readUsage, type TokenUsage } from '../../kernel/gemini/usage.js';

const FIELD = 'usageMetadata';
const NEEDLE = Buffer.from(`"${FIELD}"`);

/** Sums what a Live session used: each server message that tells usage tells that of its own turn. */
export class LiveAccount implements Account {
  /** Live messages name no model. */
  readonly servedModel = undefined;
  private sum: TokenUsage | undefined;

  get tokens(): TokenUsage | undefined {
    return this.sum;
  }

  /** Looks at one server message. */
  push(message: Buffer): void {
    if (!message.includes(NEEDLE)) return;
    const tap = new FieldTap([FIELD]);
    tap.push(message);
    const turn = readUsage('live', tap.value(FIELD));
    if (!turn) return;
    const before = this.sum;
    this.sum = before
      ? {
          input: before.input + turn.input,
          output: before.output + turn.output,
          cached: before.cached + turn.cached,
          thoughts: before.thoughts + turn.thoughts,
          toolUse: before.toolUse + turn.toolUse,
        }
      : turn;
  }
}
