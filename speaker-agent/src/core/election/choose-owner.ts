/**
 * Decides who owns an address now: the node that owns it at present while it lives and is still eligible, so that an
 * address does not move without need, else the first live node of the ranking.
 *
 * @param ranking eligible nodes, best first
 * @param present the present owner as the *whole cluster* knows it; without that common knowledge it must be undefined,
 *   or two nodes would each believe a different owner
 * @returns undefined when no ranked node is alive
 */
export function chooseOwner(
  ranking: readonly string[],
  isLive: (node: string) => boolean,
  present: string | undefined,
): string | undefined {
  if (present !== undefined && ranking.includes(present) && isLive(present)) return present;
  return ranking.find(isLive);
}
