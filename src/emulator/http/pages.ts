import { invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from './api-call.js';

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/**
 * The page that `pageSize` and `pageToken` ask for. A token is good only for the project and the path that it was
 * given for; any other is refused with ApiError (400).
 */
export function pageOf<T>(call: ApiCall, all: Iterable<T>, defaultSize = 50, maxSize = 1000): Page<T> {
  const list = [...all];
  const wanted = Number(call.query.get('pageSize') ?? call.query.get('page_size') ?? defaultSize);
  if (!Number.isInteger(wanted) || wanted < 0) throw invalidArgument("Invalid value at 'page_size' (TYPE_INT32).");
  const start = startOf(call);
  const end = start + Math.min(wanted === 0 ? defaultSize : wanted, maxSize);
  const items = list.slice(start, end);
  return end < list.length ? { items, nextPageToken: encode(call, end) } : { items };
}

function startOf(call: ApiCall): number {
  const token = call.query.get('pageToken') ?? call.query.get('page_token') ?? '';
  if (token === '') return 0;
  const [owner, offset] = Buffer.from(token, 'base64url').toString().split('\n');
  if (owner !== ownerOf(call)) throw invalidArgument('Page token is invalid.');
  return Number(offset);
}

function encode(call: ApiCall, offset: number): string {
  return Buffer.from(`${ownerOf(call)}\n${offset}`).toString('base64url');
}

function ownerOf(call: ApiCall): string {
  return `${call.project.number} ${call.path.replace(/^.*?\/v1(?:beta|alpha)?\//, '')}`;
}
