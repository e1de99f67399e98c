const NO_QUERY = new URLSearchParams();

/** A request target cut at its question mark. The shared empty query must not be written to. */
export function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target, query: NO_QUERY };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

/** True when a stream was asked for as server-sent events. */
export function isSse(query: URLSearchParams): boolean {
  return query.get('alt') === 'sse' || query.get('$alt') === 'sse';
}
