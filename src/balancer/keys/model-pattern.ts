/**
 * A predicate over model names from patterns in which `*` stands for any characters. No pattern means every model; a
 * call without a model passes always.
 */
export function modelMatcher(patterns: readonly string[]): (model: string | undefined) => boolean {
  if (patterns.length === 0) return () => true;
  const expressions = patterns.map((pattern) => new RegExp(`^${pattern.split('*').map(escapeForRegExp).join('.*')}$`));
  return (model) => model === undefined || expressions.some((expression) => expression.test(model));
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
}
