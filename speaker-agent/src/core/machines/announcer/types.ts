import { type IpAddress } from "@steelyard/model/address";
import { type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { type Link } from "../../interfaces/link.ts";
import { type ClaimTrailer } from "../../wire/claim-trailer.ts";
import { type FilterPrecision } from "../../wire/packet-filter.ts";
import { type Wanted } from "./wanted-addresses.ts";
import {
  type NeighborProtocol,
  type NeighborSocketEffect,
  type NeighborSocketInput,
} from "../neighbor-socket.ts";

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
  /** One that is also among `announcements` is announced. */
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

/** What the announcer does, as a whole; a later report replaces an earlier one. Plain data, lists sorted by address. */
export interface AnnouncerReport extends WorkerReport {
  /** Addresses that some other host has: not announced, and asked about again later. Those of `probeOnly`, too. */
  readonly held: readonly HeldAddress[];
  /** Addresses that are being asked about and of which nothing is known yet: neither held nor free. */
  readonly asking: readonly IpAddress[];
  /** Addresses of `probeOnly` that nobody answered for when they were last asked about. */
  readonly free: readonly IpAddress[];
  /** Announced addresses that other hosts have claimed meanwhile. */
  readonly defended: readonly Defended[];
  /** Frames that were read and not answered, since the worker started. */
  readonly drops: DropCounts;
}

export interface HeldAddress {
  readonly address: IpAddress;
  /** Of the holder. */
  readonly mac: Uint8Array;
  /** When it was first found. */
  readonly since: Instant;
  /** The name of the interface it was heard on. */
  readonly interface: string;
  /** When it is asked about again. */
  readonly nextProbeAt: Instant;
}

export interface Defended {
  readonly address: IpAddress;
  /** Of the last claimant. */
  readonly mac: Uint8Array;
  /** When the first one was heard. */
  readonly since: Instant;
  /** Frames by which others claimed the address. */
  readonly conflicts: number;
  /** How often it was announced again because of them. */
  readonly defences: number;
}

/**
 * Why a frame was dropped. `malformed`: not what it should be, or of another protocol. `own-frame`: sent by this host.
 * `other-destination`: neither to us nor to a group. `not-a-request`: an answer to somebody else. `wrong-interface`: a
 * question about an address that is announced, but not there. `not-ours`: about any other address. `kernel-answers`: about
 * an address that the kernel answers for itself. `closed-socket`: read before its socket was closed.
 */
export type DropReason =
  | "malformed"
  | "own-frame"
  | "other-destination"
  | "not-a-request"
  | "wrong-interface"
  | "not-ours"
  | "kernel-answers"
  | "closed-socket";

export type DropCounts = Readonly<Record<DropReason, number>>;

/**
 * `repeat-gratuitous`: the next round of a burst. `refresh`: remind the segment of an address. `probe`: the next question
 * about an address. `retry-sockets`: open again what failed. `report-counters`: counters moved.
 */
export type AnnouncerTimer = "repeat-gratuitous" | "refresh" | "probe" | "retry-sockets" | "report-counters";

export interface KernelAnswer {
  readonly address: IpAddress;
  readonly interfaceIndex: number;
}

/** What can happen to the announcer. */
export type AnnouncerInput =
  | { readonly kind: "snapshot"; readonly snapshot: AnnouncementSnapshot }
  /** The nodes with agents of ours, whole, without this one. */
  | { readonly kind: "peers"; readonly peers: readonly Peer[] }
  /** Tell the segment of these addresses once more, where they are announced. */
  | { readonly kind: "announce-again"; readonly addresses: readonly IpAddress[] }
  /** Where the kernel answers itself for an address that is bound to an interface (see the machine binding), whole. */
  | { readonly kind: "kernel-answers"; readonly answers: readonly KernelAnswer[] }
  /** The whole table of links, as the route netlink port delivers it. */
  | { readonly kind: "links"; readonly links: readonly Link[] }
  | { readonly kind: "timer"; readonly timer: AnnouncerTimer }
  | NeighborSocketInput;

/** What the announcer wants done, in this order. */
export type AnnouncerEffect =
  | NeighborSocketEffect
  /** Membership in a solicited-node group; never joined twice, nor left when not joined. */
  | { readonly kind: "join-group"; readonly interfaceIndex: number; readonly group: IpAddress }
  | { readonly kind: "leave-group"; readonly interfaceIndex: number; readonly group: IpAddress }
  /** Give the timer back as an input at `at`; replaces an earlier arming of the same timer. */
  | { readonly kind: "arm"; readonly timer: AnnouncerTimer; readonly at: Instant }
  /** Something a person wants to read in the log: an address begins or ceases to be answered here, and why. */
  | {
      readonly kind: "transition";
      readonly address: IpAddress;
      readonly to: "announced" | "withdrawn" | "unannounceable" | "held" | "free";
      readonly interfaces: readonly string[];
      readonly because: string;
    }
  | ({ readonly kind: "observed" } & Observation)
  | { readonly kind: "report"; readonly report: AnnouncerReport };

/** Another host says that it has one of the addresses of the snapshot. At most a few a second per address. */
export interface Observation {
  readonly address: IpAddress;
  readonly mac: Uint8Array;
  /** Whose MAC or claim it is; undefined = a stranger's. */
  readonly node: string | undefined;
  /** What the frame carried; only agents of ours send any. */
  readonly claim: ClaimTrailer | undefined;
}

/** What a step may look at besides state and input. */
export interface AnnouncerContext {
  readonly now: Instant;
  readonly random: Random;
  readonly config: AnnouncerConfig;
}

/** Rounds of gratuitous frames still to come for one address on one interface. */
export interface Burst {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly nextAt: Instant;
  /** No round starts after this instant. */
  readonly endsAt: Instant;
}

/** By `<index>/<protocol>`, and there by the address's numeric value: when it is to be reminded of. */
export type Refreshes = ReadonlyMap<string, ReadonlyMap<bigint, Instant>>;

/** What is known of an address that is asked about, or was before it was announced. */
export interface Probing {
  readonly address: IpAddress;
  /** `asking`: not known yet. `held`: another host has it. `free`: nobody answered. */
  readonly stage: "asking" | "held" | "free";
  /** Of the stage `held`. */
  readonly holder: Holder | undefined;
  /** How many questions of the present round have been asked; undefined = none is under way. */
  readonly asked: number | undefined;
  /** When the next question, or the end of the round, or the next round is due; undefined = there is none. */
  readonly nextAt: Instant | undefined;
  /** Rounds in a row that found a holder. */
  readonly failures: number;
}

export interface Holder {
  readonly mac: Uint8Array;
  /** When the address was first found held without having been found free since. */
  readonly since: Instant;
  readonly interfaceName: string;
}

/** What has been heard from others about one address. */
export interface Conflict {
  readonly address: IpAddress;
  /** Of the last stranger who claimed it; undefined = only agents of ours did. */
  readonly stranger: Uint8Array | undefined;
  /** When a stranger claimed it first. */
  readonly strangerSince: Instant | undefined;
  readonly conflicts: number;
  readonly defences: number;
  /** When it was last announced again because of a stranger. */
  readonly defendedAt: Instant | undefined;
  /** When the present second of observations began, and who has been observed in it. */
  readonly observedSince: Instant;
  readonly observed: readonly string[];
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
  /** The addresses in the filter. Undefined = an outdated filter is in force. */
  readonly selects: readonly IpAddress[] | undefined;
}

export interface FailedSocket extends SocketIdentity {
  readonly at: "failed";
  readonly code: string;
  /** Undefined = pointless until the link changes. */
  readonly retryAt: Instant | undefined;
}

/** One address of the snapshot, settled against links, sockets and questions of the moment. */
export interface SettledAddress {
  readonly address: IpAddress;
  readonly epoch: number;
  /** What goes out with unasked-for frames; undefined = it cannot be written down. */
  readonly claim: ClaimTrailer | undefined;
  /** Whether it is one of `probeOnly`. */
  readonly probeOnly: boolean;
  /** `silent`: no interface can announce it, or ask about it. */
  readonly standing: "announced" | "silent" | Probing["stage"];
  /** The links on which a socket is open for it, sorted by name. */
  readonly links: readonly Link[];
  /** Why it is announced, or why not. */
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
 * Everything the announcer remembers. Decisions (on which links, announced or not) are computed anew from snapshot and
 * links; kept are only the inputs, what has been asked of the kernel, and what is under way.
 */
export interface AnnouncerState {
  readonly snapshot: AnnouncementSnapshot | undefined;
  readonly links: readonly Link[] | undefined;
  /** By `<index>/<protocol>`, the numeric values of the addresses that the kernel answers for there. */
  readonly kernelAnswers: ReadonlyMap<string, ReadonlySet<bigint>>;
  readonly peers: PeerTable;
  /** What the snapshot asks for on these links. */
  readonly wanted: Wanted | undefined;
  /** Of all interfaces of this host, as numbers. */
  readonly ownMacs: ReadonlySet<number>;
  /** By address key, the outcome of the last settlement; sorted by address. */
  readonly settled: ReadonlyMap<string, SettledAddress>;
  /** What `settled` was when log and main thread were last told of it. */
  readonly told: ReadonlyMap<string, SettledAddress>;
  /** By address key. */
  readonly probing: ReadonlyMap<string, Probing>;
  /** By `<index>/<protocol>`. */
  readonly sockets: ReadonlyMap<string, SocketState>;
  /** By `<index>/<protocol>`: what may be answered there, looked up per frame. */
  readonly answering: ReadonlyMap<string, AnsweringTable>;
  /** By `<index>/<group>`. */
  readonly groups: ReadonlyMap<string, { readonly interfaceIndex: number; readonly group: IpAddress }>;
  /** By `<index>/<address key>`. */
  readonly bursts: ReadonlyMap<string, Burst>;
  readonly refreshes: Refreshes;
  /** By address key. */
  readonly conflicts: ReadonlyMap<string, Conflict>;
  readonly tally: Tally;
  readonly drops: DropCounts;
  /** When each timer is going to fire; absent = it is not armed. */
  readonly armed: ReadonlyMap<AnnouncerTimer, Instant>;
  /** What the last report said besides `told` and counters, as text: equal text = nothing new to tell. */
  readonly reported: string | undefined;
  /** The counts in the last report; the same objects = nothing has been counted since. */
  readonly reportedCounts: Pick<AnnouncerState, "tally" | "drops" | "conflicts"> | undefined;
}

/** Who is known on the segment as one of ours. */
export interface PeerTable {
  /** By the MAC as a number. */
  readonly byMac: ReadonlyMap<number, string>;
  /** By the hexadecimal text of the name's hash. */
  readonly byNameHash: ReadonlyMap<string, Peer>;
}

/** The addresses one socket has to do with. All are kept by numeric value; the family follows from the protocol. */
export interface AnsweringTable {
  readonly link: Link;
  /** Of all interfaces of this host, as numbers: two of them may be on one segment and hear each other. */
  readonly ownMacs: ReadonlySet<number>;
  /** Answered for here. */
  readonly addresses: ReadonlyMap<bigint, AnnouncedAddress>;
  /** Asked about here, and not answered for. */
  readonly asked: ReadonlyMap<bigint, IpAddress>;
  /** Answered for on any interface of this host. */
  readonly anywhere: ReadonlySet<bigint>;
}

export type AnnouncedAddress = Pick<SettledAddress, "address" | "claim">;

/** What `stepAnnouncer(state, input, context)` of step.ts returns. The effects are to be performed in order. */
export interface AnnouncerStep {
  readonly state: AnnouncerState;
  readonly effects: readonly AnnouncerEffect[];
}

/** Rounds at 0, 1.1, 2.2, 3.3 and 4.4 s (reference metallb.md, section 4.6). */
export const GRATUITOUS_INTERVAL: Millis = 1100;
export const GRATUITOUS_DURATION: Millis = 5000;

/** Questions at 0, 50 and 100 ms, and silence until 150 ms: RFC 5227, section 2.1.1, takes seconds for the same. */
export const PROBE_COUNT = 3;
export const PROBE_INTERVAL: Millis = 50;

/** After a holder was found: doubled each time, and jittered. */
export const FIRST_PROBE_DELAY: Millis = 1000;
export const LAST_PROBE_DELAY: Millis = 300_000;

/** RFC 5227, section 2.4, rule (c). */
export const DEFEND_INTERVAL: Millis = 10_000;

export const NO_DROPS: DropCounts = {
  malformed: 0,
  "own-frame": 0,
  "other-destination": 0,
  "not-a-request": 0,
  "wrong-interface": 0,
  "not-ours": 0,
  "kernel-answers": 0,
  "closed-socket": 0,
};

/** The announcer before it has heard anything: it answers nothing and holds no socket. */
export const initialAnnouncerState: AnnouncerState = {
  snapshot: undefined,
  links: undefined,
  kernelAnswers: new Map(),
  peers: { byMac: new Map(), byNameHash: new Map() },
  wanted: undefined,
  ownMacs: new Set(),
  settled: new Map(),
  told: new Map(),
  probing: new Map(),
  sockets: new Map(),
  answering: new Map(),
  groups: new Map(),
  bursts: new Map(),
  refreshes: new Map(),
  conflicts: new Map(),
  tally: { totals: new Map(), recent: undefined, recentLength: 0 },
  drops: NO_DROPS,
  armed: new Map(),
  reported: undefined,
  reportedCounts: undefined,
};
