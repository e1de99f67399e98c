import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** A fenced block of a document. */
export interface DocumentBlock {
  /** What the comment before the block says about how it is tested; undefined when there is none. */
  readonly kind: string | undefined;
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

const FENCED = /(?:^ *<!-- test: ([^>]*?) -->\n\n)?^( *)```(\w*)\n([\s\S]*?)^\2```$/gm;

/** The text of a file of the project. */
export function documentText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The fenced blocks of a document in their order, without the indentation of a list around them. */
export function documentBlocks(path: string): readonly DocumentBlock[] {
  const document = documentText(path);
  return [...document.matchAll(FENCED)].map((match) => {
    const [, kind, indent = '', language = '', text = ''] = match;
    const plain = text.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd();
    return { kind, language, text: plain, line: document.slice(0, match.index).split('\n').length };
  });
}

/** The rows of every table of a document: their cells, without the head. */
export function tableRows(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const isRule = (line: string | undefined) => line !== undefined && /^\|[\s|:-]+\|$/.test(line);
  return lines
    .filter((line, index) => !isRule(line) && !isRule(lines[index + 1]))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** The part of a document below one heading, up to the next one of the same or a higher level. */
export function sectionOf(path: string, heading: string): string {
  const lines = documentText(path).split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`${path} has no heading "${heading}"`);
  const level = heading.indexOf(' ');
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}
