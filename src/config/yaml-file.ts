import { createHash } from 'node:crypto';
import { type Document, isMap, isSeq, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { OptionPath } from './option-path.js';

/** A mistake of the YAML syntax. */
export interface SyntaxProblem {
  readonly line: number;
  readonly message: string;
}

/** The text of a configuration file, parsed; tells on which line an option stands. */
export class YamlFile {
  readonly problems: readonly SyntaxProblem[];
  /** What stands at the top; an empty file is an empty mapping, and a file with problems too. */
  readonly content: unknown;
  readonly hash: string;
  private readonly lines = new LineCounter();
  private readonly parsed: Document;

  constructor(private readonly text: string) {
    this.hash = createHash('sha256').update(text).digest('hex');
    this.parsed = parseDocument(text, {
      lineCounter: this.lines,
      merge: true,
      prettyErrors: false,
      logLevel: 'error',
    });
    const problems = this.parsed.errors.map(({ pos, message }) => this.problemAt(this.lineAt(pos[0]), message));
    const plain: Plain = problems.length > 0 ? { problems } : plainContent(this.parsed);
    this.problems = plain.problems;
    this.content = plain.content ?? {};
  }

  /** The line of the option, or of the nearest section around it when it is not written. */
  lineOf(path: OptionPath): number | undefined {
    let node: unknown = this.parsed.contents;
    let offset: number | undefined;
    for (const step of path) {
      const next = childOf(node, step);
      if (!next) break;
      ({ offset, node } = next);
    }
    return offset === undefined ? undefined : this.lineAt(offset);
  }

  private problemAt(line: number, message: string): SyntaxProblem {
    return { line, message: `${message}${hintFor(this.text.split('\n')[line - 1] ?? '')}` };
  }

  private lineAt(offset: number): number {
    return this.lines.linePos(offset).line;
  }
}

interface Plain {
  readonly problems: readonly SyntaxProblem[];
  readonly content?: unknown;
}

/** Aliases are followed here: one that leads nowhere, into itself or to very many values is a mistake. */
function plainContent(parsed: Document): Plain {
  try {
    const content: unknown = parsed.toJS();
    JSON.stringify(content);
    return { problems: [], content };
  } catch {
    const message = 'an alias (*name) leads nowhere, into itself, or to too many values: write the values out';
    return { problems: [{ line: 1, message }] };
  }
}

/** In flow style a brace of `${NAME}` is taken for YAML's own, and the messages about that help nobody. */
function hintFor(line: string): string {
  return /[[{,:]\s*\$\{/.test(line) ? '; put "${…}" in quotes where it stands within { } or [ ]' : '';
}

function childOf(node: unknown, step: string | number): { offset: number | undefined; node: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
    return pair && { offset: (pair.key as Node).range?.[0], node: pair.value };
  }
  if (!isSeq(node) || typeof step !== 'number') return undefined;
  const item = node.items[step] as Node | undefined;
  return item && { offset: item.range?.[0], node: item };
}
