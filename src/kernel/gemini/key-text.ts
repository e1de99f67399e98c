/** What no API key of Google looks like; prefixes change, so they are not among these rules (wire facts G). */
const PROBLEMS: readonly { readonly broken: RegExp; readonly problem: string }[] = [
  { broken: /\s/, problem: 'holds white space: copy the key again, on one line' },
  { broken: /[^\x20-\x7e]/, problem: 'holds characters that no API key has: copy the key again' },
  { broken: /^auth_tokens\//, problem: 'is a short-lived token of the Live API: give an API key instead' },
  { broken: /^.{0,29}$/, problem: 'is too short for an API key (30 characters at least): copy the whole key' },
];

/** What is wrong with the text of a Gemini API key; undefined for one that may be sent to Google. */
export function keyTextProblem(text: string): string | undefined {
  return PROBLEMS.find(({ broken }) => broken.test(text))?.problem;
}

/** The kind of key that a text looks like: an advice, never a reason to refuse it. */
export type KeyForm = 'auth' | 'standard' | 'unknown';

/** Auth keys begin with `AQ.`; standard keys, which Google retires, with `AIza` (wire facts G). */
export function keyForm(text: string): KeyForm {
  if (text.startsWith('AQ.')) return 'auth';
  return text.startsWith('AIza') ? 'standard' : 'unknown';
}
