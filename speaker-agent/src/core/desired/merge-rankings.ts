/**
 * One ranking for an address that several Services share. One node has to serve them all, so the nodes that every
 * Service accepts come in the order of the first; only when there is none, the first Service's ranking stands: better
 * one of them works than none. The order of `rankings` must be the same on every node.
 */
export function mergeRankings(rankings: readonly (readonly string[])[]): readonly string[] {
  const [first, ...others] = rankings;
  if (first === undefined) return [];
  const common = first.filter((node) => others.every((ranking) => ranking.includes(node)));
  return common.length > 0 ? common : first;
}
