import { Fault } from '../../kernel/errors/fault.js';
import { type Query, upstreamQuery } from '../../kernel/gemini/query.js';
import type { ListShape } from './list-shape.js';

const JSON_ALT: ReadonlySet<string | undefined> = new Set([undefined, '', 'json']);

/** What a caller asks of a list. */
export interface ListQuery {
  /** How many items it takes at most. */
  readonly limit: number;
  /** Its page token; empty: from the beginning. */
  readonly token: string;
  /** Everything else, in an order of its own, so that calls can be compared. */
  readonly filter: string;
  /** Everything else as it goes upstream. */
  readonly rest: Query;
}

/**
 * Takes the page's parameters out of a query, however they are spelled.
 * @throws Fault parameter_refused when the size is no number, or another protocol than JSON is asked for
 */
export function readListQuery(query: Query, shape: ListShape): ListQuery {
  if (!JSON_ALT.has(query.alt)) throw new Fault('parameter_refused', { detail: 'Lists are JSON. Leave `alt` out.' });
  const pairs = query.upstream.split('&').filter((pair) => pair !== '');
  const kept = pairs.filter((pair) => !isOfPage(nameAndValue(pair)[0], shape));
  const asked = (parameter: 'size' | 'token'): string => lastOf(pairs, shape.parameters?.[parameter]);
  return {
    limit: limitOf(asked('size'), shape),
    token: asked('token'),
    filter: JSON.stringify([kept.toSorted(), query.fields ?? null]),
    rest: { ...query, upstream: kept.join('&'), fields: wideEnough(query.fields, shape) },
  };
}

/** The query for one page of upstream. */
export function pageQuery({ rest }: ListQuery, { parameters }: ListShape, token: string, size: number): string {
  if (!parameters) return upstreamQuery(rest, false);
  const page = new URLSearchParams({
    [parameters.size]: String(size),
    ...(token !== '' && { [parameters.token]: token }),
  });
  const upstream = rest.upstream === '' ? page.toString() : `${rest.upstream}&${page.toString()}`;
  return upstreamQuery({ ...rest, upstream }, false);
}

function isOfPage(name: string, { parameters }: ListShape): boolean {
  return parameters !== undefined && (isSpelling(name, parameters.size) || isSpelling(name, parameters.token));
}

/** Google reads `page_size` like `pageSize`, and servers differ in whether case counts. */
function isSpelling(name: string, parameter: string): boolean {
  return name.replaceAll('_', '').toLowerCase() === parameter.toLowerCase();
}

function lastOf(pairs: readonly string[], parameter: string | undefined): string {
  const found = pairs.map(nameAndValue).findLast(([name]) => parameter !== undefined && isSpelling(name, parameter));
  return found?.[1] ?? '';
}

function nameAndValue(pair: string): readonly [name: string, value: string] {
  const [first] = new URLSearchParams(pair);
  return first ?? ['', ''];
}

function limitOf(text: string, { sizes, parameters }: ListShape): number {
  if (text === '') return sizes.usual;
  if (!/^\d{1,9}$/.test(text)) {
    throw new Fault('parameter_refused', { detail: `\`${parameters?.size ?? ''}\` must be a whole number.` });
  }
  return Number(text) === 0 ? sizes.usual : Math.min(Number(text), sizes.max);
}

/** A field mask with what lists are put together by. */
function wideEnough(fields: string | undefined, { needs }: ListShape): string | undefined {
  const mask = fields?.trim() ?? '';
  return mask === '' || mask === '*' ? fields : [mask, ...needs].join(',');
}
