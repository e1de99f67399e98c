import type { OutgoingHttpHeaders } from 'node:http';

const EVERY_ANSWER: OutgoingHttpHeaders = {
  vary: 'Origin, X-Origin, Referer',
  server: 'scaffolding on HTTPServer2',
  'x-xss-protection': '0',
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
  'server-timing': 'gfet4t7; dur=42',
  'alt-svc': 'h3=":443"; ma=2592000,h3-29=":443"; ma=2592000',
};

const BILLED_ANSWER: OutgoingHttpHeaders = { ...EVERY_ANSWER, 'x-gemini-service-tier': 'standard' };

/** What Google's front end adds to an answer; billed ones also say which tier served them. */
export function googleHeaders(billed: boolean): OutgoingHttpHeaders {
  return billed ? BILLED_ANSWER : EVERY_ANSWER;
}
