import { type FileAddresses, proxyUri, readFileUri } from './file-uris.js';
import type { JsonEdit } from './json-edits.js';
import { FieldNames } from './field-names.js';
import { JsonStrings } from './json-strings.js';
import { openaiResource, type Resource, type ResourceKind, resourceNamed } from './resource.js';

/** A resource that an answer tells of. */
export interface ToldResource {
  readonly resource: Resource;
  /** When it ends, in epoch milliseconds, where the answer says so. */
  readonly expiresAtMs?: number;
}

/** What an answer tells: what its caller now owns, and what must be altered before it goes out. */
export interface AnswerNames {
  readonly resources: readonly ToldResource[];
  /** URIs of files, which the caller finds at the proxy. */
  readonly edits: readonly JsonEdit[];
}

export interface AnswerPlace {
  readonly addresses: FileAddresses;
  /** What the call is about: what an `id` without its collection belongs to. */
  readonly kind: ResourceKind;
  /** `metadata` holds what the caller itself noted, as in the OpenAI form; else what Google says of an operation. */
  readonly hasLabels?: boolean;
}

type Teller = (text: string, place: AnswerPlace) => Resource | undefined;

const name: Teller = (text) => resourceNamed(text);
const file: Teller = (text) => openaiResource('files', text);
const id: Teller = (text, { kind }) => openaiResource(kind, text);
const environment: Teller = (text) => ({ kind: 'environments', name: `environments/${text}` });
const uri: Teller = (text, { addresses }) => {
  const read = readFileUri(text, addresses);
  return read?.at === 'upstream' ? read.resource : undefined;
};

/**
 * Where answers tell of resources (wire facts A.1 to A.4). The way to a name counts, not the name alone: what a model
 * says, and what the caller itself put into labels, stands under the same names elsewhere.
 */
const TELLERS: ReadonlyMap<string, Teller> = new Map([
  ['name', name],
  ['file.name', name],
  ['response.file.name', name],
  ['metadata.tunedModel', name],
  ['metadata.output.responsesFile', name],
  ['response.responsesFile', name],
  ['output.responsesFile', name],
  ['dest.fileName', name],
  ['metadata.dest.fileName', name],
  ['response.generateVideoResponse.generatedSamples.video.uri', uri],
  ['response.generatedVideos.video.uri', uri],
  ['id', id],
  ['environment_id', environment],
  ['output_file_id', file],
  ['error_file_id', file],
  ['steps.content.uri', uri],
  ['outputs.uri', uri],
]);

/** Ends of the resource that is named beside them. */
const ENDS: ReadonlySet<string> = new Set(['expirationTime', 'file.expirationTime', 'expireTime']);

const lastName = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
const besides = (path: string): string => path.slice(0, path.lastIndexOf('.') + 1);

const TELLING = new FieldNames([...TELLERS.keys(), ...ENDS].map(lastName));

/** What a model says, which is passed on as it is. */
const MODEL_OUTPUT = new FieldNames(['text', 'args', 'arguments']);
const OUTPUT_AND_LABELS = new FieldNames(['text', 'args', 'arguments', 'metadata']);

/** Finds what a whole JSON answer tells of resources. */
export function namesIn(json: Buffer, place: AnswerPlace): AnswerNames {
  const told: { readonly path: string; readonly resource: Resource }[] = [];
  const ends = new Map<string, number>();
  const edits: JsonEdit[] = [];
  const strings = new JsonStrings(json, place.hasLabels === true ? OUTPUT_AND_LABELS : MODEL_OUTPUT);
  while (strings.next()) {
    const edit = editOf(json, strings, place);
    if (edit) edits.push(edit);
    if (!strings.isUnder(TELLING)) continue;
    const { path } = strings;
    if (ENDS.has(path)) ends.set(besides(path), Date.parse(strings.text));
    const resource = TELLERS.get(path)?.(strings.text, place);
    if (resource) told.push({ path, resource });
  }
  const resources = told.map(({ path, resource }) => ({ resource, expiresAtMs: timeOf(ends.get(besides(path))) }));
  return { resources, edits };
}

function editOf(json: Buffer, strings: JsonStrings, { addresses }: AnswerPlace): JsonEdit | undefined {
  const { start, end } = strings;
  if (json.toString('latin1', start + 1, start + 5) !== 'http') return undefined;
  const read = readFileUri(strings.text, addresses);
  return read?.at === 'upstream' && read.path !== '' ? { start, end, value: proxyUri(read, addresses) } : undefined;
}

function timeOf(epochMs: number | undefined): number | undefined {
  return epochMs === undefined || Number.isNaN(epochMs) ? undefined : epochMs;
}
