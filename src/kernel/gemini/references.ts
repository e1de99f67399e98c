import { hash } from 'node:crypto';
import { type FileAddresses, type FileUri, readFileUri, URI_CHARS_MAX } from './file-uris.js';
import { FieldNames } from './field-names.js';
import { JsonStrings } from './json-strings.js';
import { openaiResource, type Resource, type ResourceKind, resourceNamed } from './resource.js';

/** Something of a project that a request's body refers to. */
export interface Reference {
  readonly resource: Resource;
  /** False when it is a reference only if the name is known: it may be something else that looks like one. */
  readonly isCertain: boolean;
  /** Where the string stands, with its quotes. */
  readonly start: number;
  readonly end: number;
  /** Set for a URI that upstream must be told in its own form. */
  readonly uri?: FileUri;
}

/**
 * What a body refers to. `too_deep`: it is nested deeper than any reader goes, so not all of it was seen; `too_many`: it
 * refers to more than anybody means to.
 */
export type References = readonly Reference[] | 'too_deep' | 'too_many';

interface Place {
  readonly text: string;
  /** The name of the member whose object the string stands in. */
  readonly parent: string;
  readonly addresses: FileAddresses;
}

type Found = Pick<Reference, 'resource' | 'isCertain' | 'uri'> | undefined;
type Reader = (place: Place) => Found;

const ROOT_OR_INPUT: ReadonlySet<string> = new Set(['', 'inputConfig', 'input_config']);
const RESUMPTION: ReadonlySet<string> = new Set(['sessionResumption', 'session_resumption']);

const certain = (resource: Resource | undefined): Found => resource && { resource, isCertain: true };

/** The name of an opaque value, which may be long, and a secret. */
export function tokenResource(value: string): Resource {
  return { kind: 'tokens', name: `tokens/${hash('sha256', value, 'hex')}` };
}

const uri: Reader = ({ text, addresses }) => {
  const read = readFileUri(text, addresses);
  if (!read) return undefined;
  const { resource, at } = read;
  return { resource, isCertain: at !== 'elsewhere', ...(at !== 'upstream' && { uri: read }) };
};

/** A name with its collection. */
const named: Reader = ({ text }) => certain(resourceNamed(beginningOf(text)));

/** A name that may lack its collection. */
const oneOf =
  (kind: ResourceKind): Reader =>
  ({ text }) =>
    text === '' ? undefined : certain(openaiResource(kind, beginningOf(text)));

const fileName: Reader = (place) => (ROOT_OR_INPUT.has(place.parent) ? oneOf('files') : named)(place);

/** Files of the OpenAI form, whose ids may lack their collection. */
const fileId: Reader = (place) => (place.parent === 'file' ? oneOf('files') : named)(place);

const token: Reader = ({ text }) => (text === '' ? undefined : certain(tokenResource(text)));

/** Of a Live session; handles that this proxy gave out are opened before. */
const handle: Reader = (place) => (RESUMPTION.has(place.parent) ? token(place) : undefined);

/** An environment goes by its id; the same field also holds words such as `remote`. */
const environment: Reader = ({ text, parent }) => {
  if (parent !== '' && parent !== 'environment') return undefined;
  const name = `environments/${text.replace(/^environments\//, '').slice(0, URI_CHARS_MAX)}`;
  return { resource: { kind: 'environments', name }, isCertain: false };
};

/** The fields of a request in which references stand, in both spellings that proto-JSON takes (wire facts B.3). */
const READERS: ReadonlyMap<string, Reader> = new Map([
  ['fileUri', uri],
  ['file_uri', uri],
  ['uri', uri],
  ['url', uri],
  ['image_url', uri],
  ['fileName', fileName],
  ['file_name', fileName],
  ['fileId', fileId],
  ['file_id', fileId],
  ['input_file_id', oneOf('files')],
  ['cachedContent', oneOf('cachedContents')],
  ['cached_content', oneOf('cachedContents')],
  ['fileSearchStoreNames', oneOf('fileSearchStores')],
  ['file_search_store_names', oneOf('fileSearchStores')],
  ['model', named],
  ['baseModel', named],
  ['base_model', named],
  ['tunedModel', named],
  ['tuned_model', named],
  ['previousInteractionId', oneOf('interactions')],
  ['previous_interaction_id', oneOf('interactions')],
  ['continuationToken', token],
  ['continuation_token', token],
  ['handle', handle],
  ['environment', environment],
  ['environment_id', environment],
]);

const FIELDS = new FieldNames(READERS.keys());

/** Values that are read of a body: reading more would hold up everybody else's calls. */
const VALUES_MAX = 131_072;

/** No name, address or token is that long; the OpenAI form puts whole images into a `url`, and their beginning is read. */
const VALUE_BYTES_MAX = 256 * 1024;

/** What holds the caller's own data: arguments and results of functions, examples of schemas, labels. */
const OPAQUE = new FieldNames(['args', 'arguments', 'response', 'default', 'example', 'examples', 'metadata']);

/**
 * What a request's JSON body refers to. Only the strings of some fields are read, never text, and each of them however
 * often it stands and however it is spelled.
 */
export function referencesIn(json: Buffer, addresses: FileAddresses): References {
  const references: Reference[] = [];
  const strings = new JsonStrings(json, OPAQUE);
  let values = 0;
  while (strings.next()) {
    if (!strings.isUnder(FIELDS)) continue;
    if (values === VALUES_MAX) return 'too_many';
    values += 1;
    const text = strings.textUpTo(VALUE_BYTES_MAX);
    const found = READERS.get(strings.field)?.({ text, parent: strings.parent, addresses });
    if (found) references.push({ ...found, start: strings.start, end: strings.end });
  }
  return strings.tooDeep ? 'too_deep' : references;
}

/** Whether a parameter of a query would fill such a field: Google takes `batch.inputConfig.fileName` there, too. */
export function isReference(parameter: string, value: string, addresses: FileAddresses): boolean {
  const [field = '', parent = ''] = parameter.split('.').toReversed();
  return READERS.get(field)?.({ text: value, parent, addresses }) !== undefined;
}

/** Longer names are cut where a resource's own has ended long before. */
function beginningOf(text: string): string {
  return text.slice(0, URI_CHARS_MAX).trim();
}
