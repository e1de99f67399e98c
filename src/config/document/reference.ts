import { readFileSync } from 'node:fs';
import { errorCode } from '../../kernel/error-code.js';
import { type Environment, variable } from '../environment.js';

/** What a reference stands for: a text, a variable that is not set, or a mistake. */
export type Referenced = { readonly text: string } | { readonly unset: string } | { readonly problem: string };

const EXPRESSION = /\$\$\{|\$\{([^}]*)\}/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Looks up `file:/path`, `${NAME}` and `${NAME:-default}`; `$${` stands for `${` itself. One variable without a value
 * and default makes the whole text unset, so that no half text is ever used.
 */
export function lookUp(written: string, env: Environment): Referenced {
  if (written.startsWith('file:')) return readReferencedFile(written.slice('file:'.length));
  let unset: string | undefined;
  let problem: string | undefined;
  const text = written.replace(EXPRESSION, (match: string, expression: string | undefined) => {
    if (expression === undefined) return '${';
    const [, name, fallback] = VARIABLE.exec(expression) ?? [];
    if (name === undefined) {
      problem ??= `holds ${match}, which is no reference: write \${NAME} or \${NAME:-default}, or $\${ for the characters`;
      return '';
    }
    const value = variable(env, name) ?? fallback;
    if (value === undefined) unset ??= name;
    return value ?? '';
  });
  if (problem !== undefined) return { problem };
  return unset === undefined ? { text } : { unset };
}

function readReferencedFile(written: string): Referenced {
  const path = written.replace(/^\/\/(?=\/)/, '');
  if (!path.startsWith('/')) return { problem: 'names a file without an absolute path: write file:/path/to/file' };
  try {
    return { text: readFileSync(path, 'utf8').replace(/[\r\n]+$/, '') };
  } catch (error) {
    return {
      problem: `names the file ${path}, which cannot be read (${errorCode(error) ?? 'unreadable'}): make it readable or give the value`,
    };
  }
}
