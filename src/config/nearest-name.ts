/** The known name that was probably meant by `written`, or undefined when none is near. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const target = written.toLowerCase();
  const ranked = names
    .map((name) => ({ name, distance: distanceBetween(target, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  if (best && best.distance <= Math.max(1, Math.ceil(target.length / 3))) return best.name;
  return names.find((name) => target.length >= 3 && name.toLowerCase().includes(target));
}

/** Levenshtein distance: how many letters to insert, remove or replace. */
function distanceBetween(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
