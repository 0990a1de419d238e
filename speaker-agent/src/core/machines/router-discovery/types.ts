import { type IpAddress } from "@steelyard/model/address";
import { type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { type Link } from "../../interfaces/link.ts";
import { type NeighborSocketEffect, type NeighborSocketInput } from "../neighbor-socket.ts";

/** A router on an unnumbered link, known by its router advertisements. */
export interface DiscoveredRouter {
  readonly interface: string;
  /** Link-local. */
  readonly address: IpAddress;
}

export type RouterDiscoveryInput =
  /** The interfaces to look for routers on, whole. */
  | { readonly kind: "watch"; readonly interfaces: readonly string[] }
  | { readonly kind: "links"; readonly links: readonly Link[] }
  | { readonly kind: "timer" }
  | NeighborSocketInput;

export type RouterDiscoveryEffect =
  | NeighborSocketEffect
  | {
      readonly kind: "join-group" | "leave-group";
      readonly interfaceIndex: number;
      readonly group: IpAddress;
    }
  /** One timer, always armed anew: when the next thing is due. */
  | { readonly kind: "arm"; readonly at: Instant }
  /** By level: sorted by interface; of one interface first the router that is to be used, then the others by address. */
  | { readonly kind: "routers"; readonly routers: readonly DiscoveredRouter[] }
  /** For the log. */
  | {
      readonly kind: "transition";
      readonly interface: string;
      readonly address: IpAddress;
      readonly to: "found" | "lost";
      /** One sentence. */
      readonly because: string;
    }
  /** For the log: the kernel does not give us a socket on the interface; it is tried again. Once per code. */
  | { readonly kind: "deaf"; readonly interface: string; readonly code: string };

export interface RouterDiscoveryContext {
  readonly now: Instant;
  readonly random: Random;
}

export interface KnownRouter {
  readonly address: IpAddress;
  /** When it is given up, unless it is heard again. */
  readonly until: Instant;
  /** When it is asked whether it is still there; undefined = it lives too shortly for that. */
  readonly askAt: Instant | undefined;
}

/** A watched interface that is up and has a link-local address. */
export interface WatchedLink {
  readonly interface: string;
  readonly index: number;
  readonly mac: Uint8Array;
  /** Ours: link-local. */
  readonly source: IpAddress;
  readonly socket: "opening" | "open" | "failed";
  /** Why there was no socket when that was told last; undefined = there was one since. */
  readonly deafBecause: string | undefined;
  /** The next advertisement of ours; of a failed socket: the next attempt. */
  readonly advertiseAt: Instant;
  /** How many of the quick ones are still to come. */
  readonly quickOnes: number;
  readonly advertisedAt: Instant | undefined;
  /** The next question; undefined = there is none to ask. */
  readonly solicitAt: Instant | undefined;
  readonly questions: number;
  /** The one in use first, the others by address. */
  readonly routers: readonly KnownRouter[];
}

export interface RouterDiscoveryState {
  /** Sorted, each once. */
  readonly interfaces: readonly string[];
  readonly links: readonly Link[];
  /** By interface name, in the order of `interfaces`. */
  readonly watched: ReadonlyMap<string, WatchedLink>;
}

/** What `stepRouterDiscovery(state, input, context)` of step.ts returns. The effects are to be performed in order. */
export interface RouterDiscoveryStep {
  readonly state: RouterDiscoveryState;
  readonly effects: readonly RouterDiscoveryEffect[];
}

/** So many advertisements follow each other quickly when a link comes up, or when a router has been found. */
export const QUICK_ADVERTISEMENTS = 4;
export const QUICK_PAUSE: Millis = 1000;
/** Between two others, at random (RFC 4861, section 6.2.1: the shortest that a router may be configured with). */
export const SHORTEST_PAUSE: Millis = 3000;
export const LONGEST_PAUSE: Millis = 4000;
/** How long an answer may wait, at random (RFC 4861, section 10: MAX_RA_DELAY_TIME). */
export const LONGEST_DELAY: Millis = 500;
/** RFC 4861, section 10: MAX_RTR_SOLICITATIONS and RTR_SOLICITATION_INTERVAL. */
export const MOST_QUESTIONS = 3;
export const QUESTION_PAUSE: Millis = 4000;
/** Of a router that is no default router and does not say how often it advertises itself. */
export const UNSTATED_LIFETIME: Millis = 45_000;
/** A flood of false routers must not fill the memory. */
export const MOST_ROUTERS = 8;
/** After the kernel has refused a socket. */
export const RETRY_PAUSE: Millis = 1000;

export const initialRouterDiscoveryState: RouterDiscoveryState = {
  interfaces: [],
  links: [],
  watched: new Map(),
};
