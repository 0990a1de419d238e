import { solicitedNodeGroup } from "../../wire/ipv6-multicast.ts";
import { placeKey } from "./keys.ts";
import { type AnnouncerEffect, type AnnouncerState, type SettledAddress } from "./types.ts";

type Groups = AnnouncerState["groups"];

/**
 * Joins and leaves solicited-node groups until they are those of the announced addresses. Addresses that end in the
 * same three bytes share a group: it is left with the last of them, because the set is computed anew each time.
 */
export function planGroups(
  joined: Groups,
  settled: ReadonlyMap<string, SettledAddress>,
): { readonly groups: Groups; readonly effects: readonly AnnouncerEffect[] } {
  const groups = wantedGroups(settled);
  const leaving = [...joined].filter(([key]) => !groups.has(key));
  const joining = [...groups].filter(([key]) => !joined.has(key));
  return {
    groups,
    effects: [
      ...leaving.map(([, place]) => ({ kind: "leave-group", ...place }) as const),
      ...joining.map(([, place]) => ({ kind: "join-group", ...place }) as const),
    ],
  };
}

function wantedGroups(settled: ReadonlyMap<string, SettledAddress>): Groups {
  const groups = new Map<string, { interfaceIndex: number; group: SettledAddress["address"] }>();
  for (const { address, links } of settled.values()) {
    if (address.family !== "IPv6") continue;
    const group = solicitedNodeGroup(address);
    for (const { index } of links) groups.set(placeKey(index, group), { interfaceIndex: index, group });
  }
  return groups;
}
