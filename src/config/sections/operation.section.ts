import { z } from 'zod';
import { cidr, host } from '../scalars/network.js';
import { duration, flag, port, size, TIMER_MAX } from '../scalars/numbers.js';
import { list } from '../scalars/scalar.js';
import { choice, text } from '../scalars/text.js';

/** The control plane's address, and its open routes. */
export const metricsSection = z
  .strictObject({
    enabled: flag().prefault(true).describe('false removes /metrics; the control plane stays.'),
    prometheus_port: port().prefault(9090).describe('The port of the control plane (ADMIN_PORT overrides it).'),
    host: host().prefault('127.0.0.1').describe('The address of the control plane (ADMIN_HOST overrides it).'),
    allow: list(cidr()).prefault([]).describe('Networks that may read the open routes; empty: all.'),
  })
  .describe('The control plane: metrics, health, admin API.')
  .prefault({});

/** The log of who did what. */
export const auditSection = z
  .strictObject({
    file: text().prefault('logs/audit.log').describe('The file, relative to the working folder.'),
    rotate: size({ minBytes: 1024 }).prefault('100MiB').describe('The size at which a new file begins.'),
    file_retention: duration().prefault('7d').describe('How long full files are kept.'),
    retention: duration().prefault('365d').describe('How long lines are kept in the database.'),
    flush: duration({ minMs: 1, ...TIMER_MAX })
      .prefault('50ms')
      .describe('How often lines are written.'),
    when_full: choice(['serve', 'refuse'])
      .prefault('serve')
      .describe('When no line can be written: serve calls and record the gap, or refuse them.'),
    bodies: choice(['never', 'per_client']).prefault('never').describe('Whether prompts and answers may be stored.'),
  })
  .describe('The log of who did what.')
  .prefault({});

/** What the process writes about itself. */
export const loggingSection = z
  .strictObject({
    level: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .prefault('info')
      .describe('The least important message that is written (LOG_LEVEL overrides it).'),
    pretty: z
      .preprocess(
        (written) => (typeof written === 'boolean' ? String(written) : written),
        choice(['auto', 'true', 'false']),
      )
      .meta({ type: ['string', 'boolean'] })
      .prefault('auto')
      .describe('Lines for people instead of JSON; auto: on a terminal.'),
  })
  .describe('What the process writes about itself.')
  .prefault({});
