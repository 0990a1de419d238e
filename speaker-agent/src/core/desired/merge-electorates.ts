import { type Electorate } from "@steelyard/model/services";
import { type Candidate } from "../election/types.ts";

/**
 * Who may announce an address that several Services share. One node has to serve them all, so the nodes that every
 * Service accepts stand for election, with the preferences of the first; only when there is none, the first Service's
 * nodes stand: better one of them works than none. The order of the Services must be the same on every node.
 */
export function mergeElectorates([first, ...others]: readonly Electorate[]): Electorate {
  if (first === undefined) return { candidates: [], suspended: [] };
  const accepted = others.map(({ candidates }) => new Map(candidates.map((one) => [one.node, one])));
  const common = first.candidates.flatMap((candidate) => {
    const same = accepted.flatMap((byName) => byName.get(candidate.node) ?? []);
    return same.length === accepted.length ? [withInterfacesOf(candidate, same)] : [];
  });
  if (common.length === 0) return { candidates: first.candidates, suspended: first.suspended };
  const names = new Set(common.map(({ node }) => node));
  const suspended = new Map(
    [first, ...others]
      .flatMap((electorate) => electorate.suspended)
      .filter(({ node }) => names.has(node))
      .map((one) => [one.node, one]),
  );
  return {
    candidates: common,
    suspended: [...suspended.values()].sort((a, b) => (a.node < b.node ? -1 : 1)),
  };
}

/** The union; one without names means all (reference metallb.md, section 4.3). */
function withInterfacesOf(candidate: Candidate, others: readonly Candidate[]): Candidate {
  const lists = [candidate, ...others].map(({ interfaces }) => interfaces);
  const isAll = lists.some((list) => list.length === 0);
  return { ...candidate, interfaces: isAll ? [] : [...new Set(lists.flat())].sort() };
}
