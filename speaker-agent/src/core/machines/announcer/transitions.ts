import { compareIpAddresses } from "@steelyard/model/address";
import { ownerOf } from "./ownership.ts";
import { type AnnouncementSnapshot, type AnnouncerEffect, type OwnedAddress } from "./types.ts";

type Owned = ReadonlyMap<string, OwnedAddress>;

/** What changed for each address, in words for the log; sorted by address. */
export function transitionsBetween(
  before: Owned,
  after: Owned,
  snapshot: AnnouncementSnapshot,
): readonly AnnouncerEffect[] {
  const withdrawn = [...before]
    .filter(([key]) => !after.has(key))
    .map(([, old]) => withdrawal(old, snapshot));
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

function withdrawal({ address }: OwnedAddress, snapshot: AnnouncementSnapshot): Transition {
  return {
    kind: "transition",
    address,
    to: "withdrawn",
    interfaces: [],
    because: whyNotOurs(address, snapshot),
  };
}

function whyNotOurs(address: OwnedAddress["address"], snapshot: AnnouncementSnapshot): string {
  const announcement = snapshot.announcements.find((each) => compareIpAddresses(each.address, address) === 0);
  if (announcement === undefined) return "it is no longer announced";
  const owner = ownerOf(announcement);
  return owner === undefined ? "no node may announce it" : `node ${owner} is first in the ranking`;
}

function sameOutcome(before: OwnedAddress | undefined, after: OwnedAddress): boolean {
  if (before?.because !== after.because || before.links.length !== after.links.length) return false;
  return before.links.every((link, index) => link.name === after.links[index]?.name);
}
