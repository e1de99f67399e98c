import { nativeFunctions } from '../answers/function-calls.js';
import { servedModel } from '../answers/generation.js';
import { readPrompt } from '../answers/prompt.js';
import type { FunctionWish } from '../answers/function-calls.js';
import { ApiError, googleError } from '../errors/google-error.js';
import type { CallContext } from '../http/call-context.js';
import type { JsonObject } from '../json.js';
import { isObject, listOf, objectOf, read, textOf } from '../json.js';
import { checkReferences } from '../resources/references.js';
import { Shelf } from '../world/project.js';
import type { Project } from '../world/project.js';

/** What a client asked for in its first message. */
export interface LiveSetup {
  readonly wish: FunctionWish;
  readonly speaks: boolean;
  readonly wantsTranscript: boolean;
  readonly wantsHandles: boolean;
}

/** Handles of sessions that can be resumed, with the tokens of their history. */
const handles = new Shelf<Project, number>();

/** Reads `setup` and counts the session as a request; throws ApiError for what the service refuses. */
export function readSetup(context: CallContext, setup: JsonObject): LiveSetup {
  const name = (textOf(setup.model) ?? '').replace(/^models\//, '');
  const model = servedModel(context, name, 'bidiGenerateContent').name;
  checkReferences(context.world, context.project, setup);
  const { tokens } = readPrompt(setup);
  context.charge = { model, inputTokens: tokens + resumedTokens(context.project, setup) };
  context.project.quotas.admit(model, context.charge.inputTokens, context.world.clock.now());
  const config = objectOf(read(setup, 'generationConfig'));
  return {
    wish: nativeFunctions(setup),
    speaks: listOf(read(config, 'responseModalities')).includes('AUDIO'),
    wantsTranscript: isObject(read(setup, 'outputAudioTranscription')),
    wantsHandles: isObject(read(setup, 'sessionResumption')),
  };
}

/** A new handle that this project's next session may resume with. */
export function newHandle(context: CallContext): string {
  const handle = context.world.ids.urlSafe(40);
  handles.of(context.project).set(handle, context.charge.inputTokens);
  return handle;
}

/** The handle of the session that a setup resumes; empty for a new one. */
export function handleOf(setup: JsonObject): string {
  return textOf(objectOf(read(setup, 'sessionResumption')).handle) ?? '';
}

function resumedTokens(project: Project, setup: JsonObject): number {
  const handle = handleOf(setup);
  if (handle === '') return 0;
  const tokens = handles.of(project).get(handle);
  if (tokens === undefined) throw new ApiError(googleError(404, 'BidiGenerateContent session not found'));
  return tokens;
}
