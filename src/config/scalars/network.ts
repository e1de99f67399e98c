import { patterned } from './text.js';
import { isIP } from 'node:net';
import { fits, type Scalar, scalar } from './scalar.js';

const ADDRESS_BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/** A network such as `10.0.0.0/8` or `fd00::/8`, or a single address. */
export function cidr(): Scalar<string> {
  const expected = 'a network such as 10.0.0.0/8 or fd00::/8, or one address';
  return scalar({
    expected,
    json: { type: 'string' },
    read: (written) =>
      fits(typeof written === 'string' && isCidr(written) ? written : undefined, `must be ${expected}`),
  });
}

/** The address or host name that a listener binds to. */
export function host(): Scalar<string> {
  return patterned('^[A-Za-z0-9._:%-]+$', 'an address or host name to listen on, such as 127.0.0.1 or 0.0.0.0');
}

/** Whether the text is an IPv4 or IPv6 address with or without a prefix length. */
export function isCidr(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = ADDRESS_BITS[isIP(address)];
  if (bits === undefined || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
}
