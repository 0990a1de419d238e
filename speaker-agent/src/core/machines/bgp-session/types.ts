import { type IpFamily } from "@steelyard/model/address";
import { type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { type BgpMessage, type BgpOpenMessage } from "../../wire/bgp/messages.ts";
import { type ReceivedPrefixes } from "./received-prefixes.ts";

/** What one session is configured with. A change is an input; only what RFC 4271 demands resets an established session. */
export interface BgpSessionConfig {
  /** Our AS number as this router sees it: localASN if there is one, else myASN. */
  readonly localAsn: number;
  readonly peerAsn: number | "internal" | "external";
  /** Undefined = the fallback that comes with the connection. */
  readonly routerId: number | undefined;
  /** 0 = never expires. */
  readonly holdTimeSeconds: number;
  /** Undefined = a third of the negotiated hold time; never more than that. */
  readonly keepalive: Millis | undefined;
  /** Undefined = backoff: 1 s, doubled up to 30 s. Both with the jitter of RFC 4271, section 10. */
  readonly connectRetry: Millis | undefined;
  readonly families: readonly IpFamily[];
  /** Offer RFC 8950 (sessions over IPv6 that carry IPv4). */
  readonly extendedNextHop: boolean;
  /** Undefined = not offered. */
  readonly gracefulRestart: { readonly restartTimeSeconds: number } | undefined;
  /** Never dials; only takes what comes in. */
  readonly passive: boolean;
  /** What decides where and how is dialled, as one text: when it changes the session starts anew. */
  readonly transport: string;
  /** The router's, for sentences only. */
  readonly port: number;
}

/** Numbers the driver gives: one per TCP connection, never used twice. */
export type ConnectionId = number;

export type BgpSessionInput =
  | { readonly kind: "start" }
  /**
   * `roll-out`: another agent follows on this node: where graceful restart is negotiated the connection goes without a
   * word, so that the router keeps the routes. `shut-down`: Cease / Administrative Shutdown with the communication of
   * RFC 8203. `deconfigured`: Cease / Peer De-configured.
   */
  | {
      readonly kind: "stop";
      readonly exit: "roll-out" | "shut-down" | "deconfigured";
      readonly communication?: string;
    }
  | { readonly kind: "configure"; readonly config: BgpSessionConfig }
  /** Something has changed that may be why it failed (password, link, route, address): dial now rather than later. */
  | { readonly kind: "retry" }
  /** A dialled connection stands, or one came in. */
  | {
      readonly kind: "connected";
      readonly connection: ConnectionId;
      readonly inbound: boolean;
      readonly fallbackRouterId: number;
    }
  /** `because`: one sentence. */
  | { readonly kind: "connect-failed"; readonly because: string }
  /** The machine may keep views of the bytes: nobody writes to them afterwards. */
  | { readonly kind: "received"; readonly connection: ConnectionId; readonly bytes: Uint8Array }
  /** Undefined = the other side ended it in order. */
  | { readonly kind: "closed"; readonly connection: ConnectionId; readonly because: string | undefined }
  | { readonly kind: "timer"; readonly timer: BgpTimer; readonly connection?: ConnectionId }
  /** Of this router, by level; undefined = there is no BFD, so it says nothing. */
  | { readonly kind: "bfd"; readonly state: BfdVerdict | undefined }
  /** From core/rib; dropped when the session is not established. */
  | { readonly kind: "advertise"; readonly messages: readonly BgpMessage[] };

/** `down` ends a session at once if BFD was up before (RFC 5882, section 4.2); `admin-down` and `waiting` end nothing. */
export type BfdVerdict = "up" | "down" | "admin-down" | "waiting";

/** `hold` and `keepalive` are of one connection; the others are of the session. */
export type BgpTimer = "connect-retry" | "connect" | "hold" | "keepalive" | "idle-hold";

export type BgpSessionEffect =
  /** Dial; answered by `connected` or `connect-failed`. */
  | { readonly kind: "connect" }
  /** Nothing of that dial is told afterwards. */
  | { readonly kind: "abort-connect" }
  /** One or several whole messages. */
  | { readonly kind: "send"; readonly connection: ConnectionId; readonly bytes: Uint8Array }
  /** When everything is sent. Nothing of it is told afterwards. */
  | { readonly kind: "close"; readonly connection: ConnectionId }
  /** Replaces an earlier one of the same name and connection. */
  | {
      readonly kind: "arm";
      readonly timer: BgpTimer;
      readonly connection?: ConnectionId;
      readonly at: Instant;
    }
  | { readonly kind: "disarm"; readonly timer: BgpTimer; readonly connection?: ConnectionId }
  | { readonly kind: "established"; readonly negotiated: BgpNegotiated }
  | { readonly kind: "down"; readonly because: string }
  /** The router wants our routes of a family again. */
  | { readonly kind: "refresh"; readonly family: IpFamily }
  /** For the log; `because` is one sentence. */
  | {
      readonly kind: "transition";
      readonly from: BgpSessionStateName;
      readonly to: BgpSessionStateName;
      readonly because: string;
    }
  /** For the log: something odd that ends nothing, told once per session and sort. */
  | { readonly kind: "notice"; readonly because: string }
  /** After `stop`: nothing is open or armed any more. */
  | { readonly kind: "stopped" };

/** RFC 4271, section 8.2.2. */
export type BgpSessionStateName =
  "idle" | "connect" | "active" | "open-sent" | "open-confirm" | "established";

/** What both sides agreed on. */
export interface BgpNegotiated {
  readonly connection: ConnectionId;
  readonly localAsn: number;
  readonly peerAsn: number;
  readonly internal: boolean;
  readonly routerId: number;
  readonly peerRouterId: number;
  readonly holdTimeSeconds: number;
  /** 0 = none are sent. */
  readonly keepalive: Millis;
  readonly fourByteAsn: boolean;
  readonly families: readonly IpFamily[];
  /** RFC 8950 for IPv4 over IPv6. */
  readonly extendedNextHop: boolean;
  readonly routeRefresh: boolean;
  readonly enhancedRouteRefresh: boolean;
  /** What the router keeps for us while we restart, and for how long; undefined = nothing. */
  readonly gracefulRestart:
    { readonly restartTimeSeconds: number; readonly families: readonly IpFamily[] } | undefined;
}

export interface BgpSessionContext {
  readonly now: Instant;
  readonly random: Random;
  /** Whether this agent has just started: the R bit of RFC 4724. */
  readonly restarting: boolean;
}

export interface BgpSessionStep {
  readonly state: BgpSessionState;
  readonly effects: readonly BgpSessionEffect[];
}

/** The whole session. What exists in one phase only is in `phase`; timers are its instants (timers.ts). */
export interface BgpSessionState {
  readonly config: BgpSessionConfig;
  readonly phase: BgpPhase;
  /** Since when `reportBgpSession` names the state it names. */
  readonly since: Instant;
  /** How often in a row it did not come to a session that lasted. */
  readonly failures: number;
  /** When `retry` last made us dial. */
  readonly retriedAt: Instant | undefined;
  /** Before then no connection is taken in: an attempt has just failed. */
  readonly quietUntil: Instant;
  readonly bfd: BfdSight;
  readonly lastError: string | undefined;
  /** What one of the two sides said when it ended an attempt: it holds for those that the router ends without a word. */
  readonly refusal: string | undefined;
  readonly counters: BgpSessionCounters;
}

export interface BfdSight {
  /** It has been up, and has not been switched off since. */
  readonly wasUp: boolean;
  /** It went down, so that we do not dial before it is up. */
  readonly awaited: boolean;
}

export type BgpPhase =
  /** Not started, or stopped: nothing comes in, nothing goes out. */
  | { readonly at: "stopped" }
  /** Idle: an attempt failed, or a session ended. `bfd`: dialled when BFD is up, at the latest at `dialAt`. */
  | {
      readonly at: "waiting";
      readonly for: "damping" | "bfd";
      readonly dialAt: Instant;
      /** Not before, even when BFD is up. */
      readonly notBefore: Instant;
    }
  | BgpOpeningPhase
  | {
      readonly at: "established";
      readonly session: EstablishedConnection;
      /** A connection that came in meanwhile; its OPEN decides. */
      readonly challenger: HeldConnection | undefined;
    };

/** Connect, Active, OpenSent or OpenConfirm: at most one connection of each direction. */
export interface BgpOpeningPhase {
  readonly at: "opening";
  readonly dial: Dial;
  readonly dialled: OpeningConnection | undefined;
  readonly inbound: OpeningConnection | undefined;
}

export type Dial =
  /** Passive, or there is a dialled connection, or one is about to be established. */
  | { readonly kind: "none" }
  | { readonly kind: "dialling"; readonly giveUpAt: Instant }
  | { readonly kind: "waiting"; readonly at: Instant };

interface Connection {
  readonly id: ConnectionId;
  readonly inbound: boolean;
  /** Ours, on this connection. */
  readonly routerId: number;
  /** The beginning of a message whose end has not come yet. */
  readonly buffered: Uint8Array;
}

/** What our OPEN on a connection said; the configuration may have changed since. */
export interface Offered {
  readonly offered: BgpSessionConfig;
}

/** Another connection is ahead: our OPEN is held back until the router's has come and shows which of the two it means. */
export interface HeldConnection extends Connection {
  readonly at: "held";
  readonly cameAt: Instant;
  readonly giveUpAt: Instant;
}

export interface OpenSentConnection extends Connection, Offered {
  readonly at: "open-sent";
  readonly giveUpAt: Instant;
}

/** The router's OPEN has come, and the other connection would win a collision: it has until `goOnAt` to show its OPEN. */
export interface UndecidedConnection extends Connection, Offered {
  readonly at: "undecided";
  readonly open: BgpOpenMessage;
  /** The router's KEEPALIVE has come, too: it means this connection, as far as it knows. */
  readonly isConfirmed: boolean;
  readonly goOnAt: Instant;
}

export interface OpenConfirmConnection extends Connection, Offered {
  readonly at: "open-confirm";
  readonly negotiated: BgpNegotiated;
  readonly giveUpAt: Instant;
  readonly keepaliveAt: Instant | undefined;
}

export type OpeningConnection =
  HeldConnection | OpenSentConnection | UndecidedConnection | OpenConfirmConnection;

export interface EstablishedConnection extends Connection, Offered {
  readonly at: "established";
  readonly negotiated: BgpNegotiated;
  readonly establishedAt: Instant;
  readonly heardAt: Instant;
  /** When the hold timer is looked at; it has expired if nothing was heard since. Undefined = hold time 0. */
  readonly holdAt: Instant | undefined;
  /** The hold timer fired late once already, and nothing was heard since. */
  readonly reprieved: boolean;
  readonly keepaliveAt: Instant | undefined;
  readonly received: ReceivedPrefixes;
  /** Families whose End-of-RIB came. */
  readonly endOfRibs: readonly IpFamily[];
  /** What was told by `notice` already. */
  readonly noticed: readonly string[];
}

/** For status, metrics and conditions; made from the state. */
export interface BgpSessionReport {
  readonly state: BgpSessionStateName;
  /** Since when it is in this state. */
  readonly since: Instant;
  readonly negotiated: BgpNegotiated | undefined;
  /** Why it went down, or does not come up; one sentence. It stays while the session is up. */
  readonly lastError: string | undefined;
  /** When it is dialled next; undefined = nothing is waiting for that. */
  readonly dialAt: Instant | undefined;
  readonly counters: BgpSessionCounters;
  /** Prefixes the router has announced to us and not withdrawn: exact to 8192, then an estimate; by family. */
  readonly received: Readonly<Record<IpFamily, number>>;
  /** Families whose End-of-RIB the router has sent in this session. */
  readonly endOfRibs: readonly IpFamily[];
}

/** Since the session was configured first. */
export interface BgpSessionCounters {
  readonly dials: number;
  readonly opensSent: number;
  readonly opensReceived: number;
  readonly notificationsSent: number;
  readonly notificationsReceived: number;
  readonly updatesSent: number;
  readonly updatesReceived: number;
  readonly keepalivesSent: number;
  readonly keepalivesReceived: number;
  readonly routeRefreshesSent: number;
  readonly routeRefreshesReceived: number;
  /** RFC 7606: received UPDATEs whose attributes were unusable. */
  readonly treatedAsWithdraw: number;
  /** RFC 7606: received UPDATEs of which an attribute was ignored. */
  readonly attributesDiscarded: number;
  /** How often an established session went down. */
  readonly flaps: number;
}
