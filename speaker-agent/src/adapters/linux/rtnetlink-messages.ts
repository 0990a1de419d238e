import { ipAddressFromBytes } from "@steelyard/model/address";
import { endianness } from "node:os";
import { type AddressMarks, isMarked } from "./address-marks.ts";
import { type Link, type LinkAddress } from "../../core/interfaces/link.ts";
import {
  __LENGTH_Address,
  __LENGTH_Link,
  formatAddress,
  formatLink,
  parseAddress,
  parseLink,
} from "netlink/dist/rt/gen_structs.js";
import {
  formatAttribute,
  formatMessage,
  getString,
  getU32,
  parseAttributes,
  parseError,
  parseMessage,
  putU32,
} from "netlink/dist/structs.js";

/** A link as one RTM_NEWLINK describes it; addresses and routes come in messages of their own. */
export type LinkAttributes = Omit<Link, "addresses" | "defaultRoute" | "wireless">;

/** What rtnetlink says (rtnetlink(7), netlink(7)), as far as links and addresses are concerned. */
export type RtnetlinkMessage =
  | { readonly kind: "link"; readonly link: LinkAttributes }
  | { readonly kind: "link-gone"; readonly index: number }
  | ({ readonly kind: "address" | "address-gone"; readonly index: number } & LinkAddress)
  /** A request was carried out, or a dump is complete, or (`errno` > 0) refused. */
  | { readonly kind: "done"; readonly errno: number };

/** One message with the header fields that matter: whose answer it is, and whether the dump it belongs to is of one piece. */
export interface RtnetlinkEnvelope {
  /** The sequence number of the request; 0 for an event. */
  readonly sequence: number;
  /** NLM_F_DUMP_INTR: the table changed during the dump, so entries may be missing. */
  readonly interrupted: boolean;
  readonly message: RtnetlinkMessage;
}

export interface DecodedRtnetlink {
  readonly envelopes: readonly RtnetlinkEnvelope[];
  /** One sentence per message that made no sense and was left out. */
  readonly problems: readonly string[];
}

/** Message types (linux/netlink.h, linux/rtnetlink.h). */
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;

/** Header flags (linux/netlink.h). */
const NLM_F_REQUEST = 0x1;
const NLM_F_DUMP = 0x300;
const NLM_F_DUMP_INTR = 0x10;

const AF_UNSPEC = 0;
/** IFLA_ADDRESS, IFLA_IFNAME, IFLA_MASTER, IFLA_LINKINFO, IFLA_EXT_MASK (linux/if_link.h). */
const LINK = { address: 1, name: 3, master: 10, info: 18, extMask: 29 } as const;
/** IFLA_INFO_KIND, inside IFLA_LINKINFO. */
const LINK_INFO = { kind: 1 } as const;
/** IFA_ADDRESS and so on (linux/if_addr.h). */
const ADDRESS = { address: 1, local: 2, label: 3, metric: 9, protocol: 11 } as const;
/** RTEXT_FILTER_SKIP_STATS leaves the counters of IPv6 out, a third of a description that nobody here reads. */
const SKIP_STATS = 8;

/**
 * Decodes one datagram of the kernel. Never throws and keeps no reference to `bytes`. Only the attributes we use are
 * looked into: one that a newer kernel shapes differently must not make a link disappear.
 */
export function decodeRtnetlink(bytes: Uint8Array): DecodedRtnetlink {
  const envelopes: RtnetlinkEnvelope[] = [];
  const problems: string[] = [];
  let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  while (rest.length > 0) {
    const framed = attempt("message", problems, () => parseMessage(rest));
    if (framed === undefined) break;
    const { type, flags, seq, data } = framed.x;
    const body = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const message = attempt(`message of type ${String(type)}`, problems, () => decodeBody(type, body));
    if (message !== undefined) {
      envelopes.push({ sequence: seq, interrupted: (flags & NLM_F_DUMP_INTR) !== 0, message });
    }
    rest = rest.subarray((framed.consumed + 3) & ~3);
  }
  return { envelopes, problems };
}

/** The codec throws on what is too short or too long. */
function attempt<T>(what: string, problems: string[], decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    problems.push(`rtnetlink ${what}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Undefined for what is not about links or addresses. */
function decodeBody(type: number, body: Buffer): RtnetlinkMessage | undefined {
  switch (type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return decodeLink(type, body);
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return decodeAddress(type, body);
    case NLMSG_ERROR:
      return { kind: "done", errno: Math.abs(parseError(body, 0).errno) };
    case NLMSG_DONE:
      // The body carries a negative errno when the dump broke off.
      return { kind: "done", errno: body.length >= 4 ? Math.abs(hostOrderInt(body)) : 0 };
    default:
      return undefined;
  }
}

function decodeLink(type: number, body: Buffer): RtnetlinkMessage | undefined {
  const { family, index, flags = {} } = parseLink(body.subarray(0, __LENGTH_Link));
  // A bridge tells in the same groups, with its own family, about its ports: its "deleted" means "left the bridge".
  if (family !== AF_UNSPEC || index === undefined) return undefined;
  if (type === RTM_DELLINK) return { kind: "link-gone", index };
  const attributes = attributesOf(body.subarray(__LENGTH_Link), LINK);
  return {
    kind: "link",
    link: {
      index,
      name: attributes.name === undefined ? "" : getString(attributes.name),
      type: attributes.info === undefined ? undefined : linkType(attributes.info),
      mac: Uint8Array.from(attributes.address ?? []),
      running: flags.up === true && flags.running === true,
      broadcast: flags.broadcast === true,
      multicast: flags.multicast === true,
      noArp: flags.noarp === true,
      loopback: flags.loopback === true,
      master: attributes.master === undefined ? undefined : getU32(attributes.master),
    },
  };
}

function linkType(info: Buffer): string | undefined {
  const { kind } = attributesOf(info, LINK_INFO);
  return kind === undefined ? undefined : getString(kind);
}

function decodeAddress(type: number, body: Buffer): RtnetlinkMessage | undefined {
  const { index, prefixlen } = parseAddress(body.subarray(0, __LENGTH_Address));
  const attributes = attributesOf(body.subarray(__LENGTH_Address), ADDRESS);
  // On a point-to-point link IFA_ADDRESS is the other end and IFA_LOCAL is us; IPv6 has IFA_ADDRESS alone.
  const bytes = attributes.local ?? attributes.address;
  const address = bytes === undefined ? undefined : ipAddressFromBytes(Uint8Array.from(bytes));
  if (address === undefined || index === undefined || prefixlen === undefined) return undefined;
  const kind = type === RTM_NEWADDR ? "address" : "address-gone";
  const mark = isMarked(marksIn(attributes)) ? { bound: true as const } : {};
  return { kind, index, address, prefixLength: prefixlen, ...mark };
}

function marksIn({
  label,
  metric,
  protocol,
}: Partial<Record<"label" | "metric" | "protocol", Buffer>>): AddressMarks {
  return {
    label: label && getString(label),
    metric: metric && getU32(metric),
    protocol: protocol?.[0],
  };
}

function attributesOf<Name extends string>(body: Buffer, wanted: Readonly<Record<Name, number>>) {
  const names = new Map<number, Name>(
    Object.entries<number>(wanted).map(([name, type]) => [type, name as Name]),
  );
  const found: Partial<Record<Name, Buffer>> = {};
  parseAttributes(body, ({ type, data }) => {
    const name = names.get(type);
    if (name !== undefined) found[name] = data;
  });
  return found;
}

function hostOrderInt(body: Buffer): number {
  return endianness() === "LE" ? body.readInt32LE(0) : body.readInt32BE(0);
}

/** RTM_GETLINK or RTM_GETADDR for the whole table, as the request of `sequence`. */
export function encodeDumpRequest(table: "links" | "addresses", sequence: number): Uint8Array {
  const [type, data] =
    table === "links"
      ? [
          RTM_GETLINK,
          [
            formatLink({ family: AF_UNSPEC }),
            ...formatAttribute({ type: LINK.extMask, data: putU32(SKIP_STATS) }),
          ],
        ]
      : [RTM_GETADDR, [formatAddress({ family: AF_UNSPEC })]];
  const flags = NLM_F_REQUEST | NLM_F_DUMP;
  return Buffer.concat(formatMessage({ type, flags, seq: sequence, port: 0, data }));
}
