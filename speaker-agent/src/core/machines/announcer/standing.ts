import { type Link } from "../../interfaces/link.ts";
import { formatMac, macNumber, sameMac } from "../../wire/mac-address.ts";
import { protocolOf, socketKey } from "./keys.ts";
import { claimOf } from "./own-claim.ts";
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
type Settled = AnnouncerState["settled"];

/**
 * What each address has come to: a link without a socket announces nothing, whatever was wanted of it. What is as it was
 * `before` is the same object, and so is the whole when nothing has changed.
 */
export function settledAddresses(
  wanted: ReadonlyMap<string, WantedAddress>,
  sockets: Sockets,
  { probing, settled: before }: Pick<AnnouncerState, "probing" | "settled">,
  config: AnnouncerConfig,
): Settled {
  const settled = new Map<string, SettledAddress>();
  let isNew = wanted.size !== before.size;
  for (const [key, want] of wanted) {
    const was = before.get(key);
    const now = settledAddress(want, sockets, probing.get(key), was, config);
    settled.set(key, now);
    isNew ||= now !== was;
  }
  return isNew ? settled : before;
}

function settledAddress(
  want: WantedAddress,
  sockets: Sockets,
  probing: Probing | undefined,
  before: SettledAddress | undefined,
  config: AnnouncerConfig,
): SettledAddress {
  const { address, epoch, probeOnly } = want;
  const links = openLinks(want, sockets);
  const standing = standingOf(want, links, probing);
  const because = whyStanding(standing, want, sockets, probing);
  const isSame =
    before?.standing === standing &&
    before.because === because &&
    before.epoch === epoch &&
    before.probeOnly === probeOnly &&
    sameLinks(before.links, links);
  return isSame
    ? before
    : { address, claim: claimOf(epoch, config), epoch, probeOnly, links, standing, because };
}

function openLinks({ address, links }: WantedAddress, sockets: Sockets): readonly Link[] {
  const protocol = protocolOf(address);
  const isOpen = ({ index }: Link) => sockets.get(socketKey(index, protocol))?.at === "open";
  return links.every(isOpen) ? links : links.filter(isOpen);
}

/** A holder is remembered while no link is there: that it fell silent with our link proves nothing. */
function standingOf(
  { probeOnly }: WantedAddress,
  links: readonly Link[],
  probing: Probing | undefined,
): SettledAddress["standing"] {
  if (probing?.stage === "held") return "held";
  if (links.length === 0) return "silent";
  if (probing?.stage === "asking") return "asking";
  return probeOnly ? "free" : "announced";
}

function whyStanding(
  standing: SettledAddress["standing"],
  { address, links, obstacles }: WantedAddress,
  sockets: Sockets,
  probing: Probing | undefined,
): string {
  switch (standing) {
    case "held":
      return whyHeld(probing);
    case "silent": {
      const protocol = protocolOf(address);
      const faults = links.flatMap((link) => faultOf(link, sockets.get(socketKey(link.index, protocol))));
      return noInterface([...obstacles, ...faults]);
    }
    case "asking":
      return "it is not known yet whether another host has it";
    case "free":
      return "no other host answers for it";
    case "announced":
      return "this node owns it";
  }
}

function whyHeld(probing: Probing | undefined): string {
  const holder = probing?.holder;
  return holder === undefined
    ? "another host has it"
    : `the host ${formatMac(holder.mac)} has it on ${holder.interfaceName}`;
}

/** What neither name nor MAC show does not concern whoever answers. */
function sameLinks(before: readonly Link[], after: readonly Link[]): boolean {
  if (before === after) return true;
  return (
    before.length === after.length &&
    before.every((link, position) => {
      const other = after[position];
      return other?.index === link.index && other.name === link.name && sameMac(other.mac, link.mac);
    })
  );
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

/** The MACs of all interfaces of this host, as numbers; the same object while they are the same. */
export function ownMacs(links: readonly Link[], before: ReadonlySet<number>): ReadonlySet<number> {
  const macs = new Set(links.flatMap(({ mac }) => macNumber(mac) ?? []));
  return macs.size === before.size && [...macs].every((mac) => before.has(mac)) ? before : macs;
}

/** What each socket answers for, and asks about, from now on. */
export function answeringTables(
  settled: Settled,
  macs: ReadonlySet<number>,
): ReadonlyMap<string, AnsweringTable> {
  const anywhere = { arp: new Set<bigint>(), ipv6: new Set<bigint>() };
  const tables = new Map<string, MutableTable>();
  for (const each of settled.values()) {
    const { address, standing, links } = each;
    const protocol = protocolOf(address);
    if (standing === "announced") anywhere[protocol].add(address.value);
    for (const link of links) {
      const key = socketKey(link.index, protocol);
      const table = tables.get(key) ?? emptyTable(link, macs, anywhere[protocol]);
      if (standing === "announced") table.addresses.set(address.value, each);
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

function emptyTable(link: Link, macs: ReadonlySet<number>, anywhere: ReadonlySet<bigint>): MutableTable {
  return { link, ownMacs: macs, addresses: new Map(), asked: new Map(), anywhere };
}
