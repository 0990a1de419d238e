import { type IpAddress, type IpFamily, type IpPrefix } from "@steelyard/model/address";
import { type BgpCommunity } from "@steelyard/model/config";

/** What BGP speakers say to each other (RFC 4271, section 4; RFC 2918, section 3). */
export type BgpMessage =
  BgpOpenMessage | BgpUpdateMessage | BgpNotificationMessage | BgpKeepaliveMessage | BgpRouteRefreshMessage;

export interface BgpOpenMessage {
  readonly kind: "open";
  /** Of four bytes; a speaker that knows two only shows AS_TRANS in place of a greater one (RFC 6793). */
  readonly asn: number;
  /** 0 = never expires; otherwise at least 3. */
  readonly holdTimeSeconds: number;
  /** Four bytes as one number, not 0 (RFC 6286). */
  readonly routerId: number;
  /** In the order of the message; an unknown one is carried through. */
  readonly capabilities: readonly BgpCapability[];
}

/** RFC 5492; the code is IANA's. */
export type BgpCapability =
  /** RFC 4760; families other than IPv4 and IPv6 unicast are `unknown`. */
  | { readonly kind: "multiprotocol"; readonly family: IpFamily }
  /** RFC 2918. */
  | { readonly kind: "route-refresh" }
  /** RFC 7313. */
  | { readonly kind: "enhanced-route-refresh" }
  /** RFC 8950: routes of IPv4 with a next hop of IPv6. */
  | { readonly kind: "extended-next-hop"; readonly family: IpFamily; readonly nextHop: IpFamily }
  /** RFC 6793. */
  | { readonly kind: "four-byte-asn"; readonly asn: number }
  | BgpGracefulRestartCapability
  | { readonly kind: "unknown"; readonly code: number; readonly value: Uint8Array };

/** RFC 4724, section 3; the N bit is of RFC 8538. */
export interface BgpGracefulRestartCapability {
  readonly kind: "graceful-restart";
  /** The R bit: the sender has just restarted. */
  readonly restarting: boolean;
  /** The N bit: a NOTIFICATION, too, is followed by a graceful restart. */
  readonly notification: boolean;
  /** 0 to 4095. */
  readonly restartTimeSeconds: number;
  readonly families: readonly { readonly family: IpFamily; readonly forwarding: boolean }[];
}

/**
 * Routes of both families in one value; on the wire those of IPv6 are attributes (RFC 4760). One that we send has only one
 * of: withdrawn prefixes of one family, announced prefixes of one family, End-of-RIB (RFC 7606, section 5.1).
 */
export interface BgpUpdateMessage {
  readonly kind: "update";
  readonly withdrawn: readonly IpPrefix[];
  /** All with the same attributes, and all of one family where we are the sender. */
  readonly announced: readonly IpPrefix[];
  /** Absent when nothing is announced. */
  readonly attributes: BgpPathAttributes | undefined;
  /** RFC 4724, section 2: with nothing else in the message. */
  readonly endOfRib: IpFamily | undefined;
}

/** Those that we send, and of received ones those that somebody looks at. */
export interface BgpPathAttributes {
  readonly origin: "igp" | "egp" | "incomplete";
  /** One AS_SEQUENCE; empty inside our own AS. Of a received one all numbers in their order, whatever segment they were in. */
  readonly asPath: readonly number[];
  /** Of a received message with routes of both families: that of the plain IPv4 ones. */
  readonly nextHop: BgpNextHop;
  /** Inside our own AS only. */
  readonly localPref: number | undefined;
  /** On the wire they are two attributes: those of 32 bits come first when decoded. */
  readonly communities: readonly BgpCommunity[];
}

/** For IPv6 a link-local address may come with the global one (RFC 2545), or stand alone (unnumbered peering). */
export interface BgpNextHop {
  readonly address: IpAddress;
  readonly linkLocal?: IpAddress;
}

export interface BgpNotificationMessage {
  readonly kind: "notification";
  /** RFC 4271, section 6 and IANA's registry. */
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

export interface BgpKeepaliveMessage {
  readonly kind: "keepalive";
}

export interface BgpRouteRefreshMessage {
  readonly kind: "route-refresh";
  readonly family: IpFamily;
  /** RFC 7313: 0, 1, 2. */
  readonly subtype: "request" | "begin" | "end";
}

/** Well-formed, but of no use to this session: RFC 2918 and RFC 7313 have it ignored. */
export interface BgpIgnoredMessage {
  readonly kind: "ignored";
  /** One sentence. */
  readonly because: string;
}

/** A message that came in. */
export interface BgpReceived {
  readonly message: BgpMessage | BgpIgnoredMessage;
  /** How an UPDATE with faulty attributes was made use of; undefined = nothing was wrong with it. */
  readonly repaired: BgpRepair | undefined;
}

/**
 * RFC 7606, section 2. `treat-as-withdraw`: every prefix of the message is among its withdrawn ones, and nothing is announced.
 * `attribute-discard`: the rest stands.
 */
export interface BgpRepair {
  readonly how: "treat-as-withdraw" | "attribute-discard";
  /** One sentence. */
  readonly because: string;
}

/** Bytes after which the session cannot go on (RFC 4271, section 6). */
export interface BgpDecodeError {
  /** What the router is to be told before the connection is closed. */
  readonly notification: BgpNotificationMessage;
  /** One sentence. */
  readonly message: string;
}
