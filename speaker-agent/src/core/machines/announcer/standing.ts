import { type Link } from "../../interfaces/link.ts";
import { formatMac, macNumber } from "../../wire/mac-address.ts";
import { claimOf } from "./own-claim.ts";
import { protocolOf, socketKey } from "./keys.ts";
import {
  type AnnouncedAddress,
  type AnnouncerConfig,
  type AnnouncerState,
  type AnsweringTable,
  type Probing,
  type SettledAddress,
  type SocketState,
} from "./types.ts";
import { type WantedAddress } from "./wanted-addresses.ts";

type Sockets = ReadonlyMap<string, SocketState>;

/** What each address has come to: a link without a socket announces nothing, whatever was wanted of it. */
export function settledAddresses(
  wanted: ReadonlyMap<string, WantedAddress>,
  sockets: Sockets,
  probing: AnnouncerState["probing"],
): ReadonlyMap<string, SettledAddress> {
  return new Map(
    [...wanted].map(([key, want]): [string, SettledAddress] => [
      key,
      settledAddress(want, sockets, probing.get(key)),
    ]),
  );
}

function settledAddress(want: WantedAddress, sockets: Sockets, probing: Probing | undefined): SettledAddress {
  const { address, epoch, probeOnly, obstacles } = want;
  const socketOf = (link: Link) => sockets.get(socketKey(link.index, protocolOf(address)));
  const links = want.links.filter((link) => socketOf(link)?.at === "open");
  const outcome = { address, epoch, probeOnly, links };
  // A holder is remembered while no link is there: that it fell silent with our link proves nothing.
  if (probing?.stage === "held") return { ...outcome, standing: "held", because: whyHeld(probing) };
  if (links.length === 0) {
    const faults = want.links.flatMap((link) => faultOf(link, socketOf(link)));
    return { ...outcome, standing: "silent", because: noInterface([...obstacles, ...faults]) };
  }
  if (probing?.stage === "asking")
    return { ...outcome, standing: "asking", because: "it is not known yet whether another host has it" };
  if (probeOnly) return { ...outcome, standing: "free", because: "no other host answers for it" };
  return { ...outcome, standing: "announced", because: "this node owns it" };
}

function whyHeld({ holder }: Probing): string {
  const who = holder === undefined ? "another host" : `the host ${formatMac(holder.mac)}`;
  return `${who} has it${holder === undefined ? "" : ` on ${holder.interfaceName}`}`;
}

function faultOf(link: Link, socket: SocketState | undefined): readonly string[] {
  if (socket?.at !== "failed") return [];
  const hint = socket.code === "EPERM" ? ", which takes the capability NET_RAW" : "";
  return [`interface ${link.name} has no packet socket (${socket.code})${hint}`];
}

/** The first few obstacles tell the story. */
const MOST_OBSTACLES = 4;

function noInterface(obstacles: readonly string[]): string {
  if (obstacles.length === 0) return "no interface of this node may announce";
  const shown = obstacles.slice(0, MOST_OBSTACLES).join(", ");
  const hidden = obstacles.length - MOST_OBSTACLES;
  return hidden > 0 ? `${shown} and ${hidden} more cannot either` : shown;
}

/** What each socket answers for, and asks about, from now on. */
export function answeringTables(
  settled: ReadonlyMap<string, SettledAddress>,
  all: readonly Link[],
  config: AnnouncerConfig,
): ReadonlyMap<string, AnsweringTable> {
  const ownMacs = new Set(all.flatMap(({ mac }) => macNumber(mac) ?? []));
  const anywhere = { arp: new Set<bigint>(), ipv6: new Set<bigint>() };
  const tables = new Map<string, MutableTable>();
  for (const { address, epoch, standing, links } of settled.values()) {
    const protocol = protocolOf(address);
    const announced = { address, claim: claimOf(epoch, config) };
    if (standing === "announced") anywhere[protocol].add(address.value);
    for (const link of links) {
      const key = socketKey(link.index, protocol);
      const table = tables.get(key) ?? emptyTable(link, ownMacs, anywhere[protocol]);
      if (standing === "announced") table.addresses.set(address.value, announced);
      else table.asked.set(address.value, address);
      tables.set(key, table);
    }
  }
  return tables;
}

interface MutableTable extends AnsweringTable {
  readonly addresses: Map<bigint, AnnouncedAddress>;
  readonly asked: Map<bigint, AnnouncedAddress["address"]>;
}

function emptyTable(link: Link, ownMacs: ReadonlySet<number>, anywhere: ReadonlySet<bigint>): MutableTable {
  return { link, ownMacs, addresses: new Map(), asked: new Map(), anywhere };
}
