import { type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { type Instant } from "@steelyard/model/foundation";
import { type Link } from "../../interfaces/link.ts";
import { compileRouterDiscoveryFilter } from "../../wire/filter/compile-filter.ts";
import { ALL_ROUTERS, isLinkLocal } from "../../wire/ipv6-multicast.ts";
import { MAC_LENGTH, sameMac } from "../../wire/mac-address.ts";
import {
  QUICK_ADVERTISEMENTS,
  type RouterDiscoveryEffect,
  type RouterDiscoveryState,
  type WatchedLink,
} from "./types.ts";

/** The watched links as they are to be now: those that are gone, or not what they were, are given up; new ones are opened. */
export function settleLinks(
  state: RouterDiscoveryState,
  now: Instant,
): {
  readonly watched: ReadonlyMap<string, WatchedLink>;
  readonly effects: readonly RouterDiscoveryEffect[];
} {
  const watched = new Map<string, WatchedLink>();
  const opening: RouterDiscoveryEffect[] = [];
  for (const name of state.interfaces) {
    const link = usableLink(state.links, name);
    if (link === undefined) continue;
    const present = state.watched.get(name);
    if (present !== undefined && isSame(present, link)) {
      watched.set(name, present);
      continue;
    }
    watched.set(name, newLink(link, now));
    opening.push(...openLink(link.index));
  }
  const closing = [...state.watched.values()].filter((before) => watched.get(before.interface) !== before);
  return { watched, effects: [...closing.flatMap(closeLink), ...opening] };
}

/** The effects that open a link's socket. */
export function openSocket(interfaceIndex: number): RouterDiscoveryEffect {
  const { program: filter, precision } = compileRouterDiscoveryFilter();
  return { kind: "open-socket", interfaceIndex, protocol: "ipv6", filter, precision };
}

/** Questions of other routers go to a group that a host is not in. */
function openLink(interfaceIndex: number): readonly RouterDiscoveryEffect[] {
  return [{ kind: "join-group", interfaceIndex, group: ALL_ROUTERS }, openSocket(interfaceIndex)];
}

function closeLink(link: WatchedLink): readonly RouterDiscoveryEffect[] {
  const { index: interfaceIndex, socket } = link;
  const leave: RouterDiscoveryEffect = { kind: "leave-group", interfaceIndex, group: ALL_ROUTERS };
  const lost = link.routers.map(({ address }) =>
    lostRouter(link, address, "the interface is down or not watched any more"),
  );
  if (socket === "failed") return [leave, ...lost];
  return [{ kind: "close-socket", interfaceIndex, protocol: "ipv6" }, leave, ...lost];
}

export function lostRouter(link: WatchedLink, address: IpAddress, because: string): RouterDiscoveryEffect {
  return { kind: "transition", interface: link.interface, address, to: "lost", because };
}

interface UsableLink {
  readonly name: string;
  readonly index: number;
  readonly mac: Uint8Array;
  readonly source: IpAddress;
}

/** Up, of Ethernet, and with a link-local address that is the host's own. */
function usableLink(links: readonly Link[], name: string): UsableLink | undefined {
  const link = links.find((one) => one.name === name);
  if (link === undefined || !link.running || link.mac.length !== MAC_LENGTH) return undefined;
  const own = link.addresses.find(({ address, bound }) => isLinkLocal(address) && bound !== true);
  return own && { name, index: link.index, mac: link.mac, source: own.address };
}

function isSame(present: WatchedLink, { index, mac, source }: UsableLink): boolean {
  return present.index === index && sameMac(present.mac, mac) && sameIpAddress(present.source, source);
}

function newLink({ name, index, mac, source }: UsableLink, now: Instant): WatchedLink {
  return {
    interface: name,
    index,
    mac,
    source,
    socket: "opening",
    deafBecause: undefined,
    advertiseAt: now,
    quickOnes: QUICK_ADVERTISEMENTS,
    advertisedAt: undefined,
    solicitAt: now,
    questions: 0,
    routers: [],
  };
}
