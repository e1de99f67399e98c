import { createHash } from 'node:crypto';
import { type Document, isMap, isSeq, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { isMapping, type OptionPath } from './option-path.js';

/** A mistake of the YAML syntax. */
export interface SyntaxProblem {
  readonly line: number;
  readonly message: string;
}

/** The text of a configuration file, parsed; tells on which line an option stands. */
export class YamlFile {
  readonly problems: readonly SyntaxProblem[];
  readonly hash: string;
  private readonly lines = new LineCounter();
  private readonly parsed: Document;

  constructor(text: string) {
    this.hash = createHash('sha256').update(text).digest('hex');
    this.parsed = parseDocument(text, { lineCounter: this.lines, merge: true, prettyErrors: false });
    const written = text.split('\n');
    this.problems = this.parsed.errors.map(({ pos, message }) => {
      const line = this.lineAt(pos[0]);
      return { line, message: `${message}${hintFor(written[line - 1] ?? '')}` };
    });
  }

  /** The mapping at the top; an empty file is an empty one; undefined when the file holds something else. */
  content(): Record<string, unknown> | undefined {
    const content: unknown = this.parsed.toJS() ?? {};
    return isMapping(content) ? content : undefined;
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

  private lineAt(offset: number): number {
    return this.lines.linePos(offset).line;
  }
}

/** In flow style a brace of `${NAME}` is taken for YAML's own, and the messages about that help nobody. */
function hintFor(line: string): string {
  return /[[{,:]\s*\$\{/.test(line) ? '; put "${…}" in quotes where it stands within { } or [ ]' : '';
}

function childOf(node: unknown, step: string | number): { offset: number | undefined; node: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
    return pair && { offset: (pair.key as Node).range?.[0], node: pair.value };
  }
  if (!isSeq(node) || typeof step !== 'number') return undefined;
  const item = node.items[step] as Node | undefined;
  return item && { offset: item.range?.[0], node: item };
}
