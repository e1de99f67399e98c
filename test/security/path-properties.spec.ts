import { describe, expect, it } from '@jest/globals';
import { canonicalPath } from '../../src/kernel/gemini/canonical-path.js';
import { readQuery } from '../../src/kernel/gemini/query.js';
import { understand, understandLive } from '../../src/kernel/gemini/route.js';
import { Seeded } from './seeded.js';

const ROUNDS = 20_000;

const PATH_PIECES = [
  ...[
    '/',
    '//',
    '/.',
    '/..',
    '%2e',
    '%2E%2e',
    '%2f',
    '%2F',
    '%5c',
    '\\',
    '%00',
    '%0d%0a',
    '%25',
    '%252e',
    '%252f',
    '%',
  ],
  ...['#', '%23', '%3f', ';', '..;', '%3b', ':', '%3a', '%20', ' ', '\u00e9', '%C3%A9', '%E2%80%8B', '~', '@', '*'],
  ...[
    '/v1beta',
    '/v1',
    '/v1alpha',
    '/v2beta3',
    '/upload',
    '/download',
    '/openai/v1',
    '/openai',
    '/ws',
    '/batch',
    '/models',
  ],
  ...[
    '/models/m',
    '/files/f',
    ':generateContent',
    ':countTokens',
    ':download',
    ':streamGenerateContent',
    '/interactions',
  ],
  ...['/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent', '/chat/completions', 'x', 'A', '0'],
];

const QUERY_PIECES = [
  ...['&', '=', '?', ';', '#', '%26', '%3d', '+', '%20', '%', '%ZZ', '%00', '[]', '.', '%C3%A9'],
  ...['key', 'KEY', 'Key', '%6bey', 'k%65y', 'access_token', 'Access_Token', 'oauth_token', 'secret-token'],
  ...['alt', 'ALT', 'json', 'proto', 'sse', 'media', '$alt', '%24alt', 'fields', 'candidates', '*', 'upload_id'],
  ...[
    'callback',
    'quotaUser',
    'userProject',
    '$.xgafv',
    'bearer_token',
    'prettyPrint',
    'true',
    '__proto__',
    'toString',
  ],
];

describe('a path, whatever its spelling,', () => {
  const random = new Seeded(4711);
  const paths = Array.from({ length: ROUNDS }, () => `/${random.text(PATH_PIECES, 9)}`);
  const routes = paths.flatMap((raw) => {
    const path = canonicalPath(raw);
    const route = path === undefined ? undefined : (understand('POST', path) ?? understandLive(path));
    return route ? [{ raw, route }] : [];
  });

  it('is often enough understood for what follows to mean something', () => {
    expect(routes.length).toBeGreaterThan(ROUNDS / 50);
  });

  it('has one canonical form', () => {
    const canonical = paths.map(canonicalPath).filter((path) => path !== undefined);
    expect(canonical.filter((path) => canonicalPath(path) !== path)).toEqual([]);
  });

  it('leaves the roots of the API in no form that anybody upstream could read', () => {
    const roots =
      /^\/(?:(?:upload\/|download\/)?v[0-9]+(?:(?:alpha|beta)[0-9]*)?\/|ws\/google\.ai\.generativelanguage\.)|^\/v1beta\/openai$/;
    const hidden = /\/\/|\/\.{1,2}(?:\/|$)|%2e|%2f|%5c|%00|\\|[^!-~]/i;
    expect(routes.filter(({ route }) => !roots.test(route.path) || hidden.test(route.path))).toEqual([]);
  });

  it('means the same to a reader that takes the address apart as browsers do', () => {
    const differing = routes.filter(({ route }) => {
      const { pathname, search, hash } = new URL(`http://upstream${route.path}`);
      const read = understand('POST', pathname) ?? understandLive(pathname);
      return search + hash !== '' || read?.surface !== route.surface || read.method !== route.method;
    });
    expect(differing.map(({ raw }) => raw).slice(0, 5)).toEqual([]);
  });
});

describe('a query, whatever its spelling,', () => {
  const random = new Seeded(815);
  const queries = Array.from({ length: ROUNDS }, () => random.text(QUERY_PIECES, 12));
  const sent = queries.map((raw) => ({
    raw,
    read: readQuery(raw),
    sent: [...new URLSearchParams(`first&${readQuery(raw).upstream}`)],
  }));

  it('carries no credential upstream', () => {
    const credential = /^(?:key|access_token|oauth_token|bearer_token)$/i;
    const leaking = sent.filter((query) => query.sent.some(([name]) => credential.test(name.trim())));
    expect(leaking.map(({ raw }) => raw).slice(0, 5)).toEqual([]);
  });

  it('carries none of Google’s parameters that act for the operator', () => {
    const dropped = /^(?:\$[a-z.]+|callback|quotauser|userproject)$/i;
    const kept = sent.filter((query) => query.sent.some(([name]) => dropped.test(name)));
    expect(kept.map(({ raw }) => raw).slice(0, 5)).toEqual([]);
  });
});
