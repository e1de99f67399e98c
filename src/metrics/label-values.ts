/** What a label says when its true value is outside the set that it may take. */
export const OTHER = 'other';

const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
]);

/** A standard HTTP method, or `other`. */
export function methodLabel(method: string): string {
  return METHODS.has(method) ? method : OTHER;
}

/** An HTTP status, or `other`. */
export function statusLabel(status: number): string {
  return Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : OTHER;
}

/** Lets the first `max` different values through and turns all later ones into `other`. */
export class BoundedValues {
  private readonly values = new Set<string>();

  constructor(private readonly max: number) {}

  label(value: string): string {
    if (this.values.has(value)) return value;
    if (this.values.size >= this.max) return OTHER;
    this.values.add(value);
    return value;
  }
}
