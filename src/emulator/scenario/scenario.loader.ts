import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { scenarioSchema } from './scenario.schema.js';
import type { Scenario } from './scenario.schema.js';

/** A scenario that cannot be used; `mistakes` names every one with its place. */
export class BadScenarioError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(`the scenario has ${mistakes.length} mistake(s):\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`);
  }
}

/** Reads and checks a YAML scenario; throws BadScenarioError with every mistake. */
export function loadScenario(file: string): Scenario {
  return parseScenario(readText(file));
}

/** Checks the text of a YAML scenario; throws BadScenarioError with every mistake. */
export function parseScenario(text: string): Scenario {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new BadScenarioError(
      document.errors.map(({ message, pos }) => `line ${lineCounter.linePos(pos[0]).line}: ${message}`),
    );
  }
  const scenario: unknown = document.toJS() ?? {};
  const checked = scenarioSchema.safeParse(scenario);
  if (!checked.success) {
    throw new BadScenarioError(
      checked.error.issues.map(({ path, message }) => `${pathText(path) || '(document)'}: ${message}`),
    );
  }
  return scenario as Scenario;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BadScenarioError([`${file} cannot be read: ${(error as Error).message}`]);
  }
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
