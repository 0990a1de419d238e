import { type IpFamily } from "@steelyard/model/address";
import { endianness } from "node:os";
import { formatRoute } from "netlink/dist/rt/gen_structs.js";
import { formatMessage } from "netlink/dist/structs.js";

/** What the kernel says about routes, as far as default routes are concerned; see `readRouteMessages`. */
export type RouteMessage =
  /** A default route, in an answer or as an event: the links it leaves through, and those it would if they were up. */
  | {
      readonly kind: "default-route";
      readonly sequence: number;
      readonly links: readonly number[];
      readonly dead: readonly number[];
    }
  /** A default route is gone. */
  | { readonly kind: "default-route-gone" }
  /** A link or an address of it changed. The kernel drops IPv4 routes then without a word about them. */
  | { readonly kind: "link-event"; readonly index: number; readonly what: "up" | "down" | "address-gone" }
  /** The dump is complete, or (`errno` > 0) refused. */
  | { readonly kind: "done"; readonly sequence: number; readonly errno: number };

export interface ReadRouteMessages {
  readonly messages: readonly RouteMessage[];
  /** NLM_F_DUMP_INTR in one of them: the table changed during the dump. */
  readonly interrupted: boolean;
  /** Whether the datagram was cut or malformed; what came before that point has been read. */
  readonly malformed: boolean;
}

/** Message types (linux/netlink.h, linux/rtnetlink.h). */
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_DELADDR = 21;
export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;

const NLM_F_REQUEST = 0x1;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_DUMP = 0x300;

/** `struct nlmsghdr`: length, type, flags, sequence, port. `struct rtmsg`: family, destination length, …, flags. */
const HEADER_BYTES = 16;
const RTMSG_BYTES = 12;
export const DESTINATION_LENGTH_AT = HEADER_BYTES + 1;
const ROUTE_TYPE_AT = HEADER_BYTES + 7;
const ROUTE_FLAGS_AT = HEADER_BYTES + 8;
/** `struct ifinfomsg` and `struct ifaddrmsg` have the index in the same place; the former's flags follow. */
const INDEX_AT = HEADER_BYTES + 4;
const LINK_FLAGS_AT = HEADER_BYTES + 8;
const IFF_UP = 0x1;

/** RTA_OIF, RTA_MULTIPATH (linux/rtnetlink.h). */
const RTA_OIF = 4;
const RTA_MULTIPATH = 9;
/** `struct rtnexthop`: length, flags, hops, index; attributes follow. */
const NEXT_HOP_BYTES = 8;
const RTNH_F_DEAD = 0x1;
const RTN_UNICAST = 1;

const LITTLE = endianness() === "LE";
const AF: Readonly<Record<IpFamily, number>> = { IPv4: 2, IPv6: 10 };

/**
 * Reads one datagram of the kernel. Never throws and keeps no reference to `bytes`. A host that speaks BGP has a million
 * routes: one that is no default route costs the look at one byte.
 */
export function readRouteMessages(bytes: Uint8Array): ReadRouteMessages {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: RouteMessage[] = [];
  let interrupted = false;
  let at = 0;
  while (at < bytes.length) {
    const length = at + HEADER_BYTES <= bytes.length ? view.getUint32(at, LITTLE) : 0;
    if (length < HEADER_BYTES || at + length > bytes.length)
      return { messages, interrupted, malformed: true };
    interrupted ||= (view.getUint16(at + 6, LITTLE) & NLM_F_DUMP_INTR) !== 0;
    const message = readMessage(view, at, length);
    if (message !== undefined) messages.push(message);
    at += (length + 3) & ~3;
  }
  return { messages, interrupted, malformed: false };
}

function readMessage(view: DataView, at: number, length: number): RouteMessage | undefined {
  const type = view.getUint16(at + 4, LITTLE);
  const body = length - HEADER_BYTES;
  switch (type) {
    case RTM_NEWROUTE:
      return body >= RTMSG_BYTES ? readRoute(view, at, length) : undefined;
    case RTM_DELROUTE:
      return body >= RTMSG_BYTES && isDefault(view, at) ? { kind: "default-route-gone" } : undefined;
    case RTM_NEWLINK:
    case RTM_DELLINK:
    case RTM_DELADDR:
      return body >= RTMSG_BYTES || type === RTM_DELADDR ? readLinkEvent(view, at, type, body) : undefined;
    case NLMSG_ERROR:
    case NLMSG_DONE: {
      // The body begins with a negative errno; that of NLMSG_DONE may be missing.
      const errno = body >= 4 ? Math.abs(view.getInt32(at + HEADER_BYTES, LITTLE)) : 0;
      return { kind: "done", sequence: view.getUint32(at + 8, LITTLE), errno };
    }
    default:
      return undefined;
  }
}

function isDefault(view: DataView, at: number): boolean {
  return view.getUint8(at + DESTINATION_LENGTH_AT) === 0;
}

/** Undefined for any but a default route, and for one that leads nowhere ("unreachable default dev lo"). */
function readRoute(view: DataView, at: number, length: number): RouteMessage | undefined {
  if (!isDefault(view, at) || view.getUint8(at + ROUTE_TYPE_AT) !== RTN_UNICAST) return undefined;
  const hops = nextHopsOf(
    view,
    at + HEADER_BYTES + RTMSG_BYTES,
    at + length,
    view.getUint32(at + ROUTE_FLAGS_AT, LITTLE),
  );
  return {
    kind: "default-route",
    sequence: view.getUint32(at + 8, LITTLE),
    links: hops.filter(({ dead }) => !dead).map(({ index }) => index),
    dead: hops.filter(({ dead }) => dead).map(({ index }) => index),
  };
}

interface NextHop {
  readonly index: number;
  readonly dead: boolean;
}

/** The flags of the route are those of its only next hop; of several, each has its own. */
function nextHopsOf(view: DataView, from: number, end: number, flags: number): readonly NextHop[] {
  const hops: NextHop[] = [];
  for (let at = from; at + 4 <= end;) {
    const length = view.getUint16(at, LITTLE);
    if (length < 4 || at + length > end) break;
    const type = view.getUint16(at + 2, LITTLE);
    if (type === RTA_OIF && length >= 8) hops.push(nextHop(view.getUint32(at + 4, LITTLE), flags));
    if (type === RTA_MULTIPATH) hops.push(...multipath(view, at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return hops;
}

function multipath(view: DataView, from: number, end: number): readonly NextHop[] {
  const hops: NextHop[] = [];
  for (let at = from; at + NEXT_HOP_BYTES <= end;) {
    const length = view.getUint16(at, LITTLE);
    if (length < NEXT_HOP_BYTES) break;
    hops.push(nextHop(view.getUint32(at + 4, LITTLE), view.getUint8(at + 2)));
    at += (length + 3) & ~3;
  }
  return hops;
}

function nextHop(index: number, flags: number): NextHop {
  return { index, dead: (flags & RTNH_F_DEAD) !== 0 };
}

function readLinkEvent(view: DataView, at: number, type: number, body: number): RouteMessage | undefined {
  if (body < 8) return undefined;
  const index = view.getUint32(at + INDEX_AT, LITTLE);
  if (type === RTM_DELADDR) return { kind: "link-event", index, what: "address-gone" };
  const up = type === RTM_NEWLINK && (view.getUint32(at + LINK_FLAGS_AT, LITTLE) & IFF_UP) !== 0;
  return { kind: "link-event", index, what: up ? "up" : "down" };
}

/**
 * RTM_GETROUTE for all tables of a family. A kernel that checks strictly (4.20) leaves out local and broadcast routes, of
 * which there are three for each address; an older one ignores the wish.
 */
export function encodeRouteDumpRequest(family: IpFamily, sequence: number): Uint8Array {
  const data = formatRoute({ family: AF[family], type: "UNICAST" });
  const flags = NLM_F_REQUEST | NLM_F_DUMP;
  return Buffer.concat(formatMessage({ type: RTM_GETROUTE, flags, seq: sequence, port: 0, data: [data] }));
}
