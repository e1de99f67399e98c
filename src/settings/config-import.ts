import { createHash } from 'node:crypto';
import type { ConfigDocument } from '../config/document/config-document.js';
import type { ConfigSource, LoadedConfig } from '../config/loader.js';
import type { ConfigVersion, ConfigVersionRepository } from '../persistence/repositories/config-version.repository.js';

const SUMMARIES: Readonly<Record<ConfigSource['kind'], (source: ConfigSource) => string>> = {
  file: (source) => `import of ${source.kind === 'file' ? source.file : ''}`,
  environment: () => 'defaults and environment, without a file',
  demo: () => 'demo mode',
};

export function summaryOf(source: ConfigSource): string {
  return SUMMARIES[source.kind](source);
}

/** Tells one base document from another: the hash of the file, or of the document where there is no file. */
export function hashOf({ fileHash, document }: { fileHash?: string; document: ConfigDocument }): string {
  return fileHash ?? createHash('sha256').update(JSON.stringify(document)).digest('hex');
}

/**
 * Whether the base document is to become a version. A file that was imported once is not imported again by a start, so
 * that changes made since then stay; a demo always begins with its own document, which names the upstream of this run.
 */
export async function needsImport(
  base: LoadedConfig,
  latest: ConfigVersion | undefined,
  versions: ConfigVersionRepository,
): Promise<boolean> {
  const hash = hashOf(base);
  if (latest === undefined) return true;
  return base.source.kind === 'demo' ? latest.fileHash !== hash : !(await versions.fileWasImported(hash));
}
