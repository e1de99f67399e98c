import { interactionsTraits, type MethodTraits, nativeTraits, openaiTraits, readOrWrite } from './method-traits.js';
import { openaiSubject, type Subject, subjectOf } from './resource.js';
import type { Surface } from './surface.js';

/** Where a call goes and what it is, as far as its path tells. */
export interface Route {
  readonly surface: Surface;
  /** The path that goes upstream. */
  readonly path: string;
  readonly traits: MethodTraits;
  /** The verb after the colon (`generateContent`) or the OpenAI route (`chat/completions`). */
  readonly method?: string;
  /** The model that the path names, without `models/`. */
  readonly model?: string;
  /** The model stands in the JSON body instead. */
  readonly modelInBody: boolean;
  readonly subject: Subject;
}

const VERSION = 'v[0-9]+(?:(?:alpha|beta)[0-9]*)?';
const LIVE = new RegExp(
  `^/ws/google\\.ai\\.generativelanguage\\.${VERSION}\\.GenerativeService\\.(BidiGenerate[A-Za-z]+)$`,
);
const MODEL_VERB = /^(?:models|tunedModels|dynamic)\/([^/:]+)(?::([A-Za-z]+))?/;
const VERB = /:([A-Za-z]+)$/;

/** Collections that speak the Interactions dialect (snake_case bodies, string error codes). */
const INTERACTIONS = /^(interactions|agents|credentials|triggers|webhooks|voices|environments)(\/|$)/;

interface Face {
  readonly pattern: RegExp;
  readonly read: (httpMethod: string, path: string, rest: string) => Route;
}

/** The faces of the API in the order in which they are tried; `rest` is the pattern's last group. */
const FACES: readonly Face[] = [
  { pattern: new RegExp(`^/upload/${VERSION}/(.+)$`), read: readUpload },
  { pattern: new RegExp(`^/download/${VERSION}/(.+)$`), read: readDownload },
  { pattern: new RegExp(`^/${VERSION}/openai(?:/(.*))?$`), read: readOpenai },
  { pattern: new RegExp(`^/${VERSION}/(.+)$`), read: readVersioned },
];

/** The second base URL of the OpenAI-compatible routes. */
const OPENAI_ALIAS = /^\/openai\/v1(?=\/|$)/;

/** What a canonical path means; undefined when it is no path of the API. */
export function understand(httpMethod: string, canonical: string): Route | undefined {
  const path = canonical.replace(OPENAI_ALIAS, '/v1beta/openai');
  for (const face of FACES) {
    const match = face.pattern.exec(path);
    if (match) return face.read(httpMethod, path, match[1] ?? '');
  }
  return undefined;
}

/** The same for a WebSocket upgrade. */
export function understandLive(canonical: string): Route | undefined {
  const match = LIVE.exec(canonical);
  return match
    ? {
        surface: 'live',
        path: canonical,
        traits: { once: true, billable: true },
        method: match[1],
        modelInBody: false,
        subject: { kind: 'none' },
      }
    : undefined;
}

function readUpload(_httpMethod: string, path: string, rest: string): Route {
  return { surface: 'upload', path, traits: readOrWrite('POST'), modelInBody: false, subject: subjectOf('POST', rest) };
}

function readDownload(httpMethod: string, path: string, rest: string): Route {
  const traits = readOrWrite(httpMethod);
  return { surface: 'download', path, traits, modelInBody: false, subject: subjectOf(httpMethod, rest) };
}

function readOpenai(httpMethod: string, path: string, rest: string): Route {
  const traits = openaiTraits(httpMethod, rest);
  const subject = openaiSubject(httpMethod, rest);
  return { surface: 'openai', path, traits, method: rest, modelInBody: traits.billable, subject };
}

function readVersioned(httpMethod: string, path: string, rest: string): Route {
  if (INTERACTIONS.test(rest)) return readInteractions(httpMethod, path, rest);
  const verb = VERB.exec(rest)?.[1];
  if (verb === 'download') return readDownload(httpMethod, path, rest);
  const model = MODEL_VERB.exec(rest)?.[1];
  const traits = nativeTraits(httpMethod, verb);
  const subject = subjectOf(httpMethod, rest);
  return { surface: 'native', path, traits, method: verb, model, modelInBody: false, subject };
}

function readInteractions(httpMethod: string, path: string, rest: string): Route {
  const creates = rest === 'interactions';
  const traits = interactionsTraits(httpMethod, creates);
  const subject = subjectOf(httpMethod, rest);
  return { surface: 'interactions', path, traits, modelInBody: traits.billable, subject };
}
