import { compareIpAddresses } from "@steelyard/model/address";
import { type AnnouncerEffect, type SettledAddress } from "./types.ts";

type Settled = ReadonlyMap<string, SettledAddress>;
type Transition = Extract<AnnouncerEffect, { kind: "transition" }>;

/** What changed for each address, in words for the log; sorted by address. */
export function transitionsBetween(before: Settled, after: Settled): readonly AnnouncerEffect[] {
  const withdrawn = [...before]
    .filter(([key, old]) => !after.has(key) && !old.probeOnly && isNews(old))
    .map(([, { address }]) => withdrawal(address));
  const changed = [...after]
    .filter(([key, settled]) => isNews(settled) && !sameOutcome(before.get(key), settled))
    .map(([, settled]) => arrival(settled));
  return [...withdrawn, ...changed].sort((left, right) => compareIpAddresses(left.address, right.address));
}

/** That something is not known yet is none, nor that an address cannot be watched which is not ours to announce. */
function isNews({ standing, probeOnly }: SettledAddress): boolean {
  return standing !== "asking" && !(probeOnly && standing === "silent");
}

function arrival({ address, links, because, standing }: SettledAddress): Transition {
  const interfaces = links.map((link) => link.name);
  switch (standing) {
    case "announced":
    case "free":
      return { kind: "transition", address, to: standing, interfaces, because };
    case "held":
      return { kind: "transition", address, to: "held", interfaces: [], because };
    default:
      return { kind: "transition", address, to: "unannounceable", interfaces: [], because };
  }
}

/** Who owns it instead is not known here: ownership says so, and says why. */
function withdrawal(address: SettledAddress["address"]): Transition {
  const because = "this node does not own it any more";
  return { kind: "transition", address, to: "withdrawn", interfaces: [], because };
}

/** Whether a report says the same of all addresses. */
export function sameStandings(before: Settled, after: Settled): boolean {
  if (before === after) return true;
  if (before.size !== after.size) return false;
  for (const [key, settled] of after) if (!sameOutcome(before.get(key), settled)) return false;
  return true;
}

function sameOutcome(before: SettledAddress | undefined, after: SettledAddress): boolean {
  if (before === after) return true;
  if (before?.because !== after.because || before.standing !== after.standing) return false;
  // Of a held address only the holder counts.
  if (after.standing === "held") return true;
  return (
    before.probeOnly === after.probeOnly &&
    before.links.length === after.links.length &&
    before.links.every((link, index) => link.name === after.links[index]?.name)
  );
}
