import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Fault } from '../../kernel/errors/fault.js';

type Done = (error: Error | null, body?: unknown) => void;

/** What plain `curl -d` and unlabelled bodies are labelled with: read as JSON when they look like it. */
const GUESSED = new Set(['', 'application/x-www-form-urlencoded']);
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;

/** A content parser for every content-type: the control plane reads JSON objects and nothing else. */
export function jsonObjectParser(server: FastifyInstance): (request: FastifyRequest, body: Buffer, done: Done) => void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  return (request, body, done) => {
    if (body.length === 0) {
      done(null, undefined);
      return;
    }
    const text = body.toString('utf8').trim();
    if (!isJson(mediaTypeOf(request), text)) {
      done(new Fault('media_type_unsupported'));
      return;
    }
    void parseJson(request, text, (error: Error | null, value?: unknown) => {
      if (error === null && text.startsWith('{')) done(null, value);
      else done(new Fault('body_not_json', { cause: error }));
    });
  };
}

function isJson(mediaType: string, text: string): boolean {
  return JSON_TYPE.test(mediaType) || (GUESSED.has(mediaType) && text.startsWith('{'));
}

function mediaTypeOf(request: FastifyRequest): string {
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';');
  return mediaType.trim().toLowerCase();
}
