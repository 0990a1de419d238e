/**
 * For sort, by code unit: what reaches an output has to be in the same order on every machine, and a comparison by
 * locale is not.
 */
export function compareTexts(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
