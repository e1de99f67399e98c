import { z } from 'zod';
import { cidr } from '../scalars/network.js';
import { wholeNumber } from '../scalars/numbers.js';
import { list } from '../scalars/scalar.js';
import { optionalSecret } from '../scalars/secrets.js';
import { choice } from '../scalars/text.js';

/** The environment, network rules, and the key that seals secrets at rest. */
export const securitySection = z
  .strictObject({
    environment: choice(['development', 'test', 'staging', 'production'])
      .prefault('development')
      .describe('production (also by NODE_ENV=production) makes no secrets and stops at critical findings.'),
    min_score: wholeNumber({ max: 100 }).prefault(0).describe('The least security score for a start.'),
    ip_allow: list(cidr()).prefault([]).describe('Networks that may connect; empty: all.'),
    ip_deny: list(cidr()).prefault([]).describe('Networks that may not connect.'),
    master_key: optionalSecret({ minLength: 32 })
      .prefault('')
      .describe('Seals secrets at rest (MASTER_KEY overrides it). Made under data/ outside production.'),
  })
  .describe('The environment, network rules, and the key that seals secrets at rest.')
  .prefault({});
