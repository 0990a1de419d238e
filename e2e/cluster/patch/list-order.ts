import { isObject, type Json, sameJson } from "../json.ts";

/** What identifies a list item: the value of its merge key, or the item itself where there is none. */
export type Identity = (item: Json) => Json | undefined;

export function identityBy(mergeKey: string | undefined): Identity {
  return (item) => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item);
}

/**
 * The order of a merged list: the client's own order for the items it named, and in between them, as far as the order
 * before the patch tells, those it did not name.
 */
export function orderMerged(
  merged: readonly Json[],
  before: readonly Json[],
  named: readonly Json[],
  identity: Identity,
): readonly Json[] {
  const position = (list: readonly Json[], item: Json): number => {
    const id = identity(item);
    return list.findIndex((other) => id !== undefined && sameJson(identity(other), id));
  };
  const mine = sortedBy(
    merged.filter((item) => position(named, item) !== -1),
    (item) => position(named, item),
  );
  const others = sortedBy(
    merged.filter((item) => position(named, item) === -1),
    (item) => position(before, item),
  );
  const result: Json[] = [];
  for (const item of mine) {
    const place = position(before, item);
    while (place !== -1 && others[0] !== undefined && position(before, others[0]) < place)
      result.push(...others.splice(0, 1));
    result.push(item);
  }
  return [...result, ...others];
}

function sortedBy(items: readonly Json[], rank: (item: Json) => number): Json[] {
  return [...items].sort((a, b) => rank(a) - rank(b));
}
