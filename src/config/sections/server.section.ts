import { z } from 'zod';
import { breakIf, isEmptyList, type Read, type RuleBreak, withRule } from '../rule.js';
import { cidr, host } from '../scalars/network.js';
import { duration, port, size, TIMER_MAX } from '../scalars/numbers.js';
import { list } from '../scalars/scalar.js';
import { optionalHttpUrl, text } from '../scalars/text.js';
import { tlsSection } from './tls.section.js';

const body = z
  .strictObject({
    max: size({ minBytes: 1 }).prefault('110MiB').describe('The largest request body that is accepted.'),
    buffer: size().prefault('1MiB').describe('Bodies up to this size are read at once, larger ones within the budget.'),
    memory_budget: size({ minBytes: 1 }).prefault('256MiB').describe('Memory for all larger bodies together.'),
    upload_max: size({ minBytes: 1 }).prefault('2GiB').describe('The largest file upload.'),
  })
  .describe('Limits of request bodies.')
  .prefault({});

const trustProxy = z
  .preprocess(
    (written) => (written === false || written === 'false' ? [] : written),
    list(cidr()).meta({ type: ['array', 'boolean', 'string'] }),
  )
  .meta({ type: ['array', 'boolean', 'string'] })
  .prefault(false)
  .describe('Networks whose X-Forwarded-For and X-Forwarded-Proto are believed; false: nobody.');

/** Where and how callers connect to the data plane. */
export const serverSection = withRule(
  z.strictObject({
    host: host().prefault('127.0.0.1').describe('The address that the data plane listens on (HOST overrides it).'),
    port: port().prefault(8080).describe('The port of the data plane (PORT overrides it).'),
    public_url: optionalHttpUrl()
      .prefault('')
      .describe('Origin and path prefix that clients use; empty: taken from the request.'),
    trust_proxy: trustProxy,
    body,
    drain_delay: duration(TIMER_MAX)
      .prefault('0s')
      .describe('How long to keep serving after readiness failed, so that load balancers notice.'),
    drain_timeout: duration(TIMER_MAX).prefault('30s').describe('How long running calls may take to end at a stop.'),
    cors: z
      .strictObject({
        origins: list(text()).prefault([]).describe('Origins of web pages that may call the data plane; "*" for all.'),
      })
      .describe('Calls from web pages.')
      .prefault({}),
    tls: tlsSection,
  }),
  serverRules,
)
  .describe('Where and how callers connect to the data plane.')
  .prefault({});

function serverRules(read: Read): readonly RuleBreak[] {
  const upstream = read('tls', 'terminated_upstream') === true;
  return [
    ...breakIf(
      upstream && isEmptyList(read('trust_proxy')),
      ['trust_proxy'],
      'must list the networks of the front that ends TLS while tls.terminated_upstream is true',
    ),
    ...breakIf(
      upstream && read('tls', 'enabled') === true,
      ['tls', 'terminated_upstream'],
      'contradicts tls.enabled: set one of the two to false',
    ),
    ...breakIf(
      numberOr(read('body', 'buffer')) > numberOr(read('body', 'max')),
      ['body', 'buffer'],
      'must not be larger than body.max',
    ),
  ];
}

/** NaN compares false with everything, so that a refused number breaks no rule. */
function numberOr(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}
