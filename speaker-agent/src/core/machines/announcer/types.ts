import { type IpAddress } from "@steelyard/model/address";
import { type Instant, type Millis } from "@steelyard/model/foundation";
import { type Link } from "../../interfaces/link.ts";
import { type FilterPrecision, type FilterProgram } from "../../wire/packet-filter.ts";

/** One address that this node owns now. */
export interface OwnAnnouncement {
  readonly address: IpAddress;
  /** Exact interface names to announce it on; empty = all that qualify (reference metallb.md, section 4.3). */
  readonly interfaces: readonly string[];
  /** Of the claim by which this node owns it; goes out with unasked-for frames. Below 2^48. */
  readonly epoch: number;
  /**
   * Ask the segment first whether somebody else holds it. Counts when the address is new in the snapshot: one that is
   * being asked about, or held, stays so whatever later snapshots say, until an answerless question frees it.
   */
  readonly probe: boolean;
}

/** One address that this node must not announce, but asks about from time to time: whether its foreign holder is gone. */
export type WatchedAddress = Pick<OwnAnnouncement, "address" | "interfaces">;

/** What this node announces, whole and in one piece: a later snapshot replaces an earlier one. Plain data. */
export interface AnnouncementSnapshot {
  /** Comes back in the report. */
  readonly version: number;
  /** This node. */
  readonly nodeName: string;
  /** At most one entry per address. */
  readonly announcements: readonly OwnAnnouncement[];
  /** Addresses of none of `announcements`. */
  readonly probeOnly: readonly WatchedAddress[];
  /** Source of an unanchored regular expression over interface names; undefined = none is excluded (section 4.4). */
  readonly excludeInterfaces: string | undefined;
}

/** Another node that runs an agent of ours: what it says of an address is a matter of ownership, not a conflict. */
export interface Peer {
  readonly node: string;
  /** Of all its interfaces. */
  readonly macs: readonly Uint8Array[];
  /** The first 8 bytes of the SHA-256 of its name, as claims on the wire carry them. */
  readonly nameHash: Uint8Array;
}

/** What stays as it is while the program runs. */
export interface AnnouncerConfig {
  /** The first 8 bytes of the SHA-256 of this node's name. */
  readonly nameHash: Uint8Array;
  /** How often the segment is reminded of each address; 0 = never. */
  readonly refreshInterval: Millis;
}

/** Frames of one address since the worker started; they only grow (reference metallb.md, sections 4.5 and 4.6). */
export interface AddressCounters {
  /** Requests and solicitations for the address that we were responsible for. */
  readonly requests: number;
  readonly responses: number;
  /** Unasked-for frames: two per ARP round, one per NDP round. */
  readonly gratuitous: number;
}

/** What the worker does, as a whole; a later report replaces an earlier one. Plain data. */
export interface WorkerReport {
  /** The newest snapshot that has been acted upon. */
  readonly snapshotVersion: number;
  /** Every interface of the host, sorted by index. */
  readonly links: readonly { readonly index: number; readonly name: string }[];
  /** Addresses that this node answers for, with the names of the interfaces, sorted; both lists sorted, never empty. */
  readonly owned: readonly { readonly address: IpAddress; readonly interfaces: readonly string[] }[];
  /** Addresses that are this node's to announce, but no interface can; one sentence each, for events and logs. */
  readonly unannounceable: readonly { readonly address: IpAddress; readonly because: string }[];
  /** Every address ever counted, sorted. */
  readonly counters: readonly ({ readonly address: IpAddress } & AddressCounters)[];
}

/** The neighbour protocol a packet socket is bound to, by EtherType: ARP for IPv4, IPv6 for neighbour discovery. */
export type NeighborProtocol = "arp" | "ipv6";

/** `repeat-gratuitous`: the next round of a burst. `retry-sockets`: open again what failed. `report-counters`: counters moved. */
export type AnnouncerTimer = "repeat-gratuitous" | "retry-sockets" | "report-counters";

/** What can happen to the announcer. */
export type AnnouncerInput =
  | { readonly kind: "snapshot"; readonly snapshot: AnnouncementSnapshot }
  /** The nodes with agents of ours, whole, without this one. */
  | { readonly kind: "peers"; readonly peers: readonly Peer[] }
  /** The whole table of links, as the route netlink port delivers it. */
  | { readonly kind: "links"; readonly links: readonly Link[] }
  /** Whole Ethernet frames from one socket; the bytes are only read during the step. */
  | {
      readonly kind: "frames";
      readonly interfaceIndex: number;
      readonly protocol: NeighborProtocol;
      readonly frames: readonly Uint8Array[];
    }
  | { readonly kind: "timer"; readonly timer: AnnouncerTimer }
  /** A socket that was asked for is there. Until then its link announces nothing, so that nothing is claimed too early. */
  | { readonly kind: "socket-opened"; readonly interfaceIndex: number; readonly protocol: NeighborProtocol }
  /**
   * A socket refused. During `open` there is no socket afterwards; during `filter` the old filter stays in force;
   * `send` and `receive` leave the socket open.
   */
  | {
      readonly kind: "socket-error";
      readonly interfaceIndex: number;
      readonly protocol: NeighborProtocol;
      readonly during: "open" | "filter" | "send" | "receive";
      /** An errno name such as "ENETDOWN". */
      readonly code: string;
      readonly verdict: "later" | "never";
    };

/** What the announcer wants done, in this order. Every `open-socket` is answered by `socket-opened` or `socket-error`. */
export type AnnouncerEffect =
  | ({ readonly kind: "open-socket" } & SocketFilter)
  | ({ readonly kind: "set-filter" } & SocketFilter)
  | { readonly kind: "close-socket"; readonly interfaceIndex: number; readonly protocol: NeighborProtocol }
  /** Membership in a solicited-node group; never joined twice, nor left when not joined. */
  | { readonly kind: "join-group"; readonly interfaceIndex: number; readonly group: IpAddress }
  | { readonly kind: "leave-group"; readonly interfaceIndex: number; readonly group: IpAddress }
  /** Whole Ethernet frames through the open socket of that interface and protocol. */
  | {
      readonly kind: "send";
      readonly interfaceIndex: number;
      readonly protocol: NeighborProtocol;
      readonly frames: readonly Uint8Array[];
    }
  /** Give the timer back as an input at `at`; replaces an earlier arming of the same timer. */
  | { readonly kind: "arm"; readonly timer: AnnouncerTimer; readonly at: Instant }
  /** Something a person wants to read in the log: an address begins or ceases to be answered here, and why. */
  | {
      readonly kind: "transition";
      readonly address: IpAddress;
      readonly to: "announced" | "withdrawn" | "unannounceable";
      readonly interfaces: readonly string[];
      readonly because: string;
    }
  | { readonly kind: "report"; readonly report: WorkerReport };

/** What a packet socket is to let through. */
export interface SocketFilter {
  readonly interfaceIndex: number;
  readonly protocol: NeighborProtocol;
  readonly filter: FilterProgram;
  /** How exactly the program selects; a log field. */
  readonly precision: FilterPrecision;
}

/** What a step may look at besides state and input. */
export interface AnnouncerContext {
  readonly now: Instant;
}

/** Rounds of gratuitous frames still to come for one address on one interface. */
export interface Burst {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly nextAt: Instant;
  /** No round starts after this instant. */
  readonly endsAt: Instant;
}

/** One packet socket as the announcer believes it to be. */
export type SocketState = LivingSocket | FailedSocket;

interface SocketIdentity {
  readonly interfaceIndex: number;
  readonly protocol: NeighborProtocol;
  /** The finest selection the kernel may still be asked for; gets coarser when it refuses a filter. */
  readonly precision: FilterPrecision;
}

export interface LivingSocket extends SocketIdentity {
  /** `opening` = asked for, not answered yet. */
  readonly at: "opening" | "open";
  /** The addresses in the filter as text: equal text = equal filter. Undefined = an outdated filter is in force. */
  readonly selects: string | undefined;
}

export interface FailedSocket extends SocketIdentity {
  readonly at: "failed";
  readonly code: string;
  /** Undefined = pointless until the link changes. */
  readonly retryAt: Instant | undefined;
}

/** One address this node owns, settled against the links and sockets of the moment. */
export interface OwnedAddress {
  readonly address: IpAddress;
  /** The links that announce it, sorted by name; empty = unannounceable. */
  readonly links: readonly Link[];
  /** Why it is announced, or why no interface can. */
  readonly because: string;
}

/** Counts, cheap to add to on the fast path; see tally.ts. */
export interface Tally {
  readonly totals: ReadonlyMap<string, { readonly address: IpAddress } & AddressCounters>;
  /** Not yet added to the totals, newest first. */
  readonly recent: RecentCount | undefined;
  readonly recentLength: number;
}

export interface RecentCount {
  readonly address: IpAddress;
  readonly counts: AddressCounters;
  readonly older: RecentCount | undefined;
}

/**
 * Everything the announcer remembers. Decisions (who owns, on which links) are computed anew from snapshot and links;
 * kept are only the inputs, what has been asked of the kernel, and what is under way.
 */
export interface AnnouncerState {
  readonly snapshot: AnnouncementSnapshot | undefined;
  readonly peers: readonly Peer[];
  readonly links: readonly Link[] | undefined;
  /** By address key, the outcome of the last settlement. */
  readonly owned: ReadonlyMap<string, OwnedAddress>;
  /** What `owned` was when log and main thread were last told of it. */
  readonly told: ReadonlyMap<string, OwnedAddress>;
  /** By `<index>/<protocol>`. */
  readonly sockets: ReadonlyMap<string, SocketState>;
  /** By `<index>/<protocol>`: what may be answered there, looked up per frame. */
  readonly answering: ReadonlyMap<string, AnsweringTable>;
  /** By `<index>/<group>`. */
  readonly groups: ReadonlyMap<string, { readonly interfaceIndex: number; readonly group: IpAddress }>;
  /** By `<index>/<address key>`. */
  readonly bursts: ReadonlyMap<string, Burst>;
  readonly tally: Tally;
  /** When each timer is going to fire; absent = it is not armed. */
  readonly armed: ReadonlyMap<AnnouncerTimer, Instant>;
  /** The last report without its counters, as text: equal text = nothing new to tell. */
  readonly reported: string | undefined;
  /** The counts in the last report; the same object = nothing has been counted since. */
  readonly reportedTally: Tally | undefined;
}

/** The addresses one socket answers for. */
export interface AnsweringTable {
  readonly link: Link;
  /** Of all interfaces of this host, as numbers: two of them may be on one segment and hear each other. */
  readonly ownMacs: ReadonlySet<number>;
  /** By numeric value; the family follows from the socket's protocol. */
  readonly addresses: ReadonlyMap<bigint, IpAddress>;
}

/** What `stepAnnouncer(state, input, context)` of step.ts returns. The effects are to be performed in order. */
export interface AnnouncerStep {
  readonly state: AnnouncerState;
  readonly effects: readonly AnnouncerEffect[];
}

/** Rounds at 0, 1.1, 2.2, 3.3 and 4.4 s (reference metallb.md, section 4.6). */
export const GRATUITOUS_INTERVAL: Millis = 1100;
export const GRATUITOUS_DURATION: Millis = 5000;

/** The announcer before it has heard anything: it answers nothing and holds no socket. */
export const initialAnnouncerState: AnnouncerState = {
  snapshot: undefined,
  peers: [],
  links: undefined,
  owned: new Map(),
  told: new Map(),
  sockets: new Map(),
  answering: new Map(),
  groups: new Map(),
  bursts: new Map(),
  tally: { totals: new Map(), recent: undefined, recentLength: 0 },
  armed: new Map(),
  reported: undefined,
  reportedTally: undefined,
};
