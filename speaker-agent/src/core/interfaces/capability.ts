import { type IpPrefix } from "@steelyard/model/address";

/**
 * What a node can announce on, as its peers have to know it to judge whether it is eligible. Gossiped with the node's
 * name; of a node that has not told, nothing is held against it.
 */
export interface Capability {
  /** Most relevant first, then by name; at most `MOST_LINKS`. */
  readonly links: readonly CapableLink[];
  /** False = there are more links than are listed, so that one that is not listed may exist all the same. */
  readonly complete: boolean;
}

/** An Ethernet link that is not loopback; one that cannot announce at the moment is listed for its subnets. */
export interface CapableLink {
  readonly name: string;
  /** 6 bytes. */
  readonly mac: Uint8Array;
  /** Running, no port of another, not excluded and so on: see `whyLinkCannotAnnounce`. */
  readonly announcesV4: boolean;
  readonly announcesV6: boolean;
  readonly defaultV4: boolean;
  readonly defaultV6: boolean;
  /** Its subnets, sorted, each once; neither host prefixes nor link-local ones. At most `MOST_PREFIXES`. */
  readonly prefixes: readonly IpPrefix[];
}

/** Bounds of a capability: 32 links with 8 prefixes each fit a few gossip messages. */
export const MOST_LINKS = 32;
export const MOST_PREFIXES = 8;
