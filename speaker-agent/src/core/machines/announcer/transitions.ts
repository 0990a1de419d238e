import { compareIpAddresses } from "@steelyard/model/address";
import { type AnnouncerEffect, type OwnedAddress } from "./types.ts";

type Owned = ReadonlyMap<string, OwnedAddress>;

/** What changed for each address, in words for the log; sorted by address. */
export function transitionsBetween(before: Owned, after: Owned): readonly AnnouncerEffect[] {
  const withdrawn = [...before].filter(([key]) => !after.has(key)).map(([, old]) => withdrawal(old));
  const changed = [...after]
    .filter(([key, owned]) => !sameOutcome(before.get(key), owned))
    .map(([, owned]) => arrival(owned));
  return [...withdrawn, ...changed].sort((left, right) => compareIpAddresses(left.address, right.address));
}

type Transition = Extract<AnnouncerEffect, { kind: "transition" }>;

function arrival({ address, links, because }: OwnedAddress): Transition {
  const to = links.length === 0 ? "unannounceable" : "announced";
  return { kind: "transition", address, to, interfaces: links.map((link) => link.name), because };
}

/** Who owns it instead is not known here: ownership says so, and says why. */
function withdrawal({ address }: OwnedAddress): Transition {
  const because = "this node does not own it any more";
  return { kind: "transition", address, to: "withdrawn", interfaces: [], because };
}

function sameOutcome(before: OwnedAddress | undefined, after: OwnedAddress): boolean {
  if (before?.because !== after.because || before.links.length !== after.links.length) return false;
  return before.links.every((link, index) => link.name === after.links[index]?.name);
}
