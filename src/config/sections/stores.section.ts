import { z } from 'zod';
import { flag } from '../scalars/numbers.js';
import { optionalSecretUrl } from '../scalars/secrets.js';
import { text } from '../scalars/text.js';

const POSTGRES = ['postgres', 'postgresql'];

/**
 * Where durable state is kept. `url` is undefined for the embedded Postgres; otherwise `url.reveal()` is the connection
 * string, which may hold a password and therefore is a Secret.
 */
export const persistenceSection = z
  .strictObject({
    url: optionalSecretUrl(POSTGRES)
      .prefault('')
      .describe('A Postgres server (DATABASE_URL overrides it); empty: the embedded Postgres in data_dir.'),
    listen_url: optionalSecretUrl(POSTGRES)
      .prefault('')
      .describe('A direct connection for notifications, where url leads to a pooler.'),
    data_dir: text().prefault('data').describe('The folder of the embedded database and of the secrets made here.'),
    migrate: flag().prefault(true).describe('Bring the tables up to date at start.'),
  })
  .describe('Where durable state is kept.')
  .prefault({});

/** Where replicas share their fast state; `url` is undefined without Redis. */
export const redisSection = z
  .strictObject({
    url: optionalSecretUrl(['redis', 'rediss'])
      .prefault('')
      .describe('A Redis server (REDIS_URL overrides it); empty: each replica keeps its own state.'),
  })
  .describe('Where replicas share limits and cool-downs.')
  .prefault({});
