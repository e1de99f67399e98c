import { silence } from '../answers/answer.js';
import { generate } from '../answers/generation.js';
import type { Generation } from '../answers/generation.js';
import { piecesOf } from '../answers/pieces.js';
import { readPrompt } from '../answers/prompt.js';
import { totalTokens } from '../answers/usage.js';
import type { CallContext } from '../http/call-context.js';
import type { JsonObject } from '../json.js';
import type { LiveSetup } from './live-setup.js';
import type { LiveWire } from './live-wire.js';

/** Lets the model take its turn: a tool call, or pieces of text or speech, then generationComplete and turnComplete. */
export async function speak(
  context: CallContext,
  wire: LiveWire,
  setup: LiveSetup,
  contents: readonly JsonObject[],
): Promise<void> {
  const prompt = readPrompt({ contents });
  context.charge = { ...context.charge, inputTokens: context.charge.inputTokens + prompt.tokens };
  const generation = generate(context, prompt, setup.wish, false);
  const { answer } = generation;
  if (answer.kind === 'call') {
    const call = { id: `function-call-${generation.id}`, name: answer.name, args: answer.args };
    wire.send({ toolCall: { functionCalls: [call] }, usageMetadata: usageOf(generation, setup) });
    return;
  }
  if (answer.kind === 'text' && !(await sayText(context, wire, setup, answer.text))) return;
  wire.send({ serverContent: { generationComplete: true } });
  wire.send({ serverContent: { turnComplete: true }, usageMetadata: usageOf(generation, setup) });
}

/** Says a text piece by piece; false when the connection ended on the way. */
async function sayText(context: CallContext, wire: LiveWire, setup: LiveSetup, text: string): Promise<boolean> {
  const { shape, plan } = context;
  for (const [index, piece] of piecesOf(text, shape).entries()) {
    const waited = await wire.pause(index === 0 ? (shape.first_chunk_delay_ms ?? 0) : (shape.chunk_delay_ms ?? 0));
    if (!waited) return false;
    for (const serverContent of said(piece, setup)) wire.send({ serverContent });
    if (plan.close?.at === 'mid_turn') wire.close(plan.close.code, plan.close.reason);
  }
  return wire.open;
}

function said(piece: string, setup: LiveSetup): JsonObject[] {
  if (!setup.speaks) return [{ modelTurn: { role: 'model', parts: [{ text: piece }] } }];
  const inlineData = { mimeType: 'audio/pcm;rate=24000', data: silence(240 * piece.length) };
  const spoken = { modelTurn: { role: 'model', parts: [{ inlineData }] } };
  return setup.wantsTranscript ? [spoken, { outputTranscription: { text: piece } }] : [spoken];
}

function usageOf({ usage }: Generation, setup: LiveSetup): JsonObject {
  return {
    promptTokenCount: usage.prompt,
    responseTokenCount: usage.answer,
    totalTokenCount: totalTokens(usage),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.prompt }],
    responseTokensDetails: [{ modality: setup.speaks ? 'AUDIO' : 'TEXT', tokenCount: usage.answer }],
  };
}
