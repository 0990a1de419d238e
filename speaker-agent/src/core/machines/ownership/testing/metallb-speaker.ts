import { metallbOrder } from "../../../election/metallb-order.ts";
import { type ElectionSnapshot } from "../../../election/types.ts";
import { type OwnAnnouncement } from "../../announcer/types.ts";
import { type OwnershipInput } from "../types.ts";
import { sha256 } from "./sim-node.ts";

/** What a speaker of MetalLB knows. */
export interface SpeakerView {
  readonly believed: ReadonlySet<string>;
  readonly snapshot: ElectionSnapshot | undefined;
}

/** A speaker of MetalLB: of its own knowledge it announces what it is first for, and that is all. */
export function stepSpeaker(view: SpeakerView, input: OwnershipInput): SpeakerView {
  if (input.kind === "snapshot") return { ...view, snapshot: input.snapshot };
  if (input.kind !== "members") return view;
  const alive = input.members.filter(({ state }) => state === "alive" || state === "suspect");
  return { ...view, believed: new Set(alive.map(({ name }) => name)) };
}

export function announcedBySpeaker(
  { believed, snapshot }: SpeakerView,
  name: string,
): readonly OwnAnnouncement[] {
  if (snapshot === undefined) return [];
  return snapshot.addresses.flatMap(({ address, candidates, electionKey }) => {
    const first = metallbOrder(candidates, electionKey, sha256).find(({ node }) => believed.has(node));
    return first?.node === name ? [{ address, interfaces: [], epoch: 0, probe: false }] : [];
  });
}
