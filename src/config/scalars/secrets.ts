import { keyTextProblem } from '../../kernel/gemini/key-text.js';
import { Secret } from '../../kernel/secret.js';
import { fits, type Reading, type Scalar, scalar } from './scalar.js';
import { optional } from './text.js';

/** In the JSON Schema `writeOnly` marks the options that hold secrets; sealing and masking go by this mark. */
const SECRET_JSON = { type: 'string', writeOnly: true };

/** A secret; an empty one means "not set" and becomes undefined. */
export function optionalSecret({ minLength = 1 }: { minLength?: number } = {}): Scalar<Secret | undefined> {
  const expected = minLength > 1 ? `a secret of at least ${minLength} characters` : 'a secret text';
  return optional({ expected, json: SECRET_JSON, read: (written) => readSecret(written, minLength, expected) });
}

/** A secret that must be there. */
export function secret(): Scalar<Secret> {
  const expected = 'a secret text';
  return scalar({ expected, json: SECRET_JSON, read: (written) => readSecret(written, 1, expected) });
}

/** An address with one of the schemes, which may hold a password; empty means "not set". */
export function optionalSecretUrl(schemes: readonly string[]): Scalar<Secret | undefined> {
  const expected = `an address that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return optional({
    expected,
    json: SECRET_JSON,
    read: (written) => {
      const known = typeof written === 'string' && schemes.some((scheme) => written.startsWith(`${scheme}://`));
      return fits(known && URL.canParse(written) ? new Secret(written) : undefined, `must be ${expected}`);
    },
  });
}

/** The text of a Gemini API key. Its prefix is not checked: Google has changed it before. */
export function geminiKey(): Scalar<Secret> {
  const expected = 'the text of a Gemini API key, for instance ${GEMINI_API_KEY}';
  return scalar({ expected, json: SECRET_JSON, read: readGeminiKey });
}

function readGeminiKey(written: unknown): Reading<Secret> {
  if (typeof written !== 'string') return { problem: 'must be the text of a Gemini API key' };
  const problem = keyTextProblem(written);
  return problem === undefined ? { value: new Secret(written) } : { problem };
}

function readSecret(written: unknown, minLength: number, expected: string): Reading<Secret> {
  if (typeof written === 'number') return { problem: `must be ${expected}; put it in quotes` };
  return fits(
    typeof written === 'string' && written.trim().length >= minLength ? new Secret(written) : undefined,
    `must be ${expected}`,
  );
}
