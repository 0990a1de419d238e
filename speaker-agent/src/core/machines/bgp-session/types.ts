import { type IpFamily } from "@steelyard/model/address";
import { type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { type BgpMessage, type BgpUpdateMessage } from "../../wire/bgp/messages.ts";

/** What one session is configured with. A change is an input; only what RFC 4271 demands resets an established session. */
export interface BgpSessionConfig {
  /** Our AS number as this router sees it: localASN if there is one, else myASN. */
  readonly localAsn: number;
  readonly peerAsn: number | "internal" | "external";
  /** Undefined = the fallback that comes with the connection. */
  readonly routerId: number | undefined;
  /** 0 = never expires. */
  readonly holdTimeSeconds: number;
  /** Undefined = a third of the negotiated hold time. */
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
  /** A dialled connection stands, or one came in. */
  | {
      readonly kind: "connected";
      readonly connection: ConnectionId;
      readonly inbound: boolean;
      readonly fallbackRouterId: number;
    }
  /** `because`: one sentence. */
  | { readonly kind: "connect-failed"; readonly because: string }
  | { readonly kind: "received"; readonly connection: ConnectionId; readonly bytes: Uint8Array }
  /** Undefined = the other side ended it in order. */
  | { readonly kind: "closed"; readonly connection: ConnectionId; readonly because: string | undefined }
  | { readonly kind: "timer"; readonly timer: BgpTimer; readonly connection?: ConnectionId }
  /** Of this router; undefined = there is no BFD, so it says nothing. */
  | { readonly kind: "bfd"; readonly state: BfdVerdict | undefined }
  /** From core/rib; dropped when the session is not established. */
  | { readonly kind: "advertise"; readonly messages: readonly BgpMessage[] };

/** `down` ends an established session at once (RFC 5882, section 4.2); `admin-down` and `waiting` end nothing. */
export type BfdVerdict = "up" | "down" | "admin-down" | "waiting";

export type BgpTimer = "connect-retry" | "connect" | "hold" | "keepalive" | "idle-hold" | "restarting";

export type BgpSessionEffect =
  /** Dial; answered by `connected` or `connect-failed`. */
  | { readonly kind: "connect" }
  | { readonly kind: "abort-connect" }
  | { readonly kind: "send"; readonly connection: ConnectionId; readonly bytes: Uint8Array }
  /** When everything is sent. Nothing of it is told afterwards. */
  | { readonly kind: "close"; readonly connection: ConnectionId }
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
  /** A route came in: nobody uses it, it is counted. */
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
  readonly keepalive: Millis;
  readonly fourByteAsn: boolean;
  readonly families: readonly IpFamily[];
  /** RFC 8950 for IPv4 over IPv6. */
  readonly extendedNextHop: boolean;
  readonly routeRefresh: boolean;
  readonly enhancedRouteRefresh: boolean;
  /** What the router keeps for us while we restart; undefined = nothing. */
  readonly gracefulRestart:
    { readonly restartTimeSeconds: number; readonly families: readonly IpFamily[] } | undefined;
}

export interface BgpSessionContext {
  readonly now: Instant;
  readonly random: Random;
  /** Whether this agent has just started: the R bit of RFC 4724. */
  readonly restarting: boolean;
}

/** For status, metrics and conditions; made from the state. */
export interface BgpSessionReport {
  readonly state: BgpSessionStateName;
  /** Since when it is in this state. */
  readonly since: Instant;
  readonly negotiated: BgpNegotiated | undefined;
  /** Why it went down, or does not come up; one sentence. It stays while the session is up. */
  readonly lastError: string | undefined;
  readonly counters: BgpSessionCounters;
  /** Prefixes the router has announced to us and not withdrawn, as far as counted; by family. */
  readonly received: Readonly<Record<IpFamily, number>>;
}

/** Since the session was configured first. */
export interface BgpSessionCounters {
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
  /** How often an established session went down. */
  readonly flaps: number;
}

/** What the other side said of routes; its attributes are of no interest. */
export type ReceivedUpdate =
  BgpUpdateMessage | { readonly kind: "treated-as-withdraw"; readonly because: string };
