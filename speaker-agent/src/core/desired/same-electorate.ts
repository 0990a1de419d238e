import { type Electorate } from "@steelyard/model/services";
import { type Candidate } from "../election/types.ts";

/** Whether two electorates are the same nodes, with the same preferences, interfaces and reasons. */
export function sameElectorate(a: Electorate, b: Electorate): boolean {
  return (
    sameLists(a.candidates, b.candidates, sameCandidate) &&
    sameLists(
      a.suspended,
      b.suspended,
      (one, other) => one.node === other.node && one.because === other.because,
    )
  );
}

function sameCandidate(a: Candidate, b: Candidate): boolean {
  return (
    a.node === b.node &&
    a.preference === b.preference &&
    sameLists(a.interfaces, b.interfaces, (name, other) => name === other)
  );
}

function sameLists<T>(a: readonly T[], b: readonly T[], same: (one: T, other: T) => boolean): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((item, index) => same(item, b[index] as T));
}
