import { compareIpAddresses, formatIpAddress } from "@steelyard/model/address";
import { formatMac } from "../../wire/mac-address.ts";
import { readTally } from "./tally.ts";
import {
  type AnnouncerReport,
  type AnnouncerState,
  type Defended,
  type HeldAddress,
  type SettledAddress,
} from "./types.ts";

/** The state as the main thread needs to know it. */
export function buildReport(state: AnnouncerState): AnnouncerReport {
  const settled = [...state.settled.values()];
  const own = settled.filter(({ probeOnly }) => !probeOnly);
  return {
    snapshotVersion: state.snapshot?.version ?? 0,
    links: linkNames(state),
    owned: own
      .filter(({ standing }) => standing === "announced")
      .map(({ address, links }) => ({ address, interfaces: links.map((link) => link.name) })),
    unannounceable: own
      .filter(({ standing }) => standing === "silent")
      .map(({ address, because }) => ({ address, because })),
    counters: readTally(
      state.tally,
      own.map(({ address }) => address),
    ),
    held: settled.flatMap(({ address }) => heldAddress(address, state)),
    asking: settled
      .filter((each) => each.standing === "asking" || (each.probeOnly && each.standing === "silent"))
      .map(({ address }) => address),
    free: settled.filter(({ standing }) => standing === "free").map(({ address }) => address),
    defended: defendedAddresses(state),
    drops: state.drops,
  };
}

function heldAddress(
  address: SettledAddress["address"],
  { probing }: AnnouncerState,
): readonly HeldAddress[] {
  const found = probing.get(formatIpAddress(address));
  if (found?.stage !== "held" || found.holder === undefined) return [];
  const { mac, interfaceName, since } = found.holder;
  return [{ address, mac, since, interface: interfaceName, nextProbeAt: found.nextAt ?? since }];
}

function defendedAddresses({ conflicts }: AnnouncerState): readonly Defended[] {
  return [...conflicts.values()]
    .flatMap(({ address, stranger, strangerSince, conflicts: count, defences }) =>
      stranger === undefined || strangerSince === undefined
        ? []
        : [{ address, mac: stranger, since: strangerSince, conflicts: count, defences }],
    )
    .sort(byAddress);
}

function byAddress(left: Pick<SettledAddress, "address">, right: Pick<SettledAddress, "address">): number {
  return compareIpAddresses(left.address, right.address);
}

/** What a report says besides the standings of addresses and what only counts, as text. */
export function besides(state: AnnouncerState): string {
  const held =
    state.probing.size === 0
      ? []
      : [...state.settled.values()].flatMap((each) => heldAddress(each.address, state));
  return JSON.stringify([
    state.snapshot?.version,
    linkNames(state),
    held.map(({ address, mac, ...rest }) => [formatIpAddress(address), formatMac(mac), rest]),
  ]);
}

function linkNames({ links = [] }: AnnouncerState): AnnouncerReport["links"] {
  return links.map(({ index, name }) => ({ index, name })).sort((left, right) => left.index - right.index);
}
