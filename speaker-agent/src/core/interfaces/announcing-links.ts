import { type IpFamily } from "@steelyard/model/address";
import { isLinkLocal } from "../wire/ipv6-multicast.ts";
import { MAC_LENGTH } from "../wire/mac-address.ts";
import { type InterfaceExclusion } from "./interface-exclusion.ts";
import { type Link } from "./link.ts";

/** Masters that are the wire of their ports. Others, such as a VRF, only group links. */
const WIRE_OF_ITS_PORTS: readonly (string | undefined)[] = ["bridge", "bond", "team", "hsr"];
const ONLY_GROUPS: readonly (string | undefined)[] = ["vrf"];
/** A bond in a bridge is the deepest that makes sense; a snapshot of changing links might even show a loop. */
const DEEPEST = 4;

/**
 * The link to announce on in a link's stead: a packet socket on a port of a bridge or bond sees nothing, because the
 * frames arrive on its master. The link itself when it is nobody's port.
 */
export function announcingLink(link: Link, links: readonly Link[]): Link {
  let current = link;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const master = masterOf(current, links);
    if (master === undefined || !WIRE_OF_ITS_PORTS.includes(master.type)) return current;
    current = master;
  }
  return current;
}

/** Why a link's announcing link cannot announce, as the end of a sentence that begins with the link's name. */
export function whyLinkCannotAnnounce(
  link: Link,
  family: IpFamily,
  links: readonly Link[],
  isExcluded: InterfaceExclusion,
): string | undefined {
  if (isExcluded(link.name)) return "is excluded by configuration";
  const announcing = announcingLink(link, links);
  if (announcing === link) return obstacleOf(link, family, links);
  const obstacle = isExcluded(announcing.name)
    ? "is excluded by configuration"
    : obstacleOf(announcing, family, links);
  return obstacle && `is a port of ${announcing.name}, which ${obstacle}`;
}

function obstacleOf(link: Link, family: IpFamily, links: readonly Link[]): string | undefined {
  if (link.loopback) return "is a loopback interface";
  if (!link.running) return "is down";
  if (link.master !== undefined) {
    const master = masterOf(link, links);
    if (!ONLY_GROUPS.includes(master?.type)) return `is a port of ${master?.name ?? "another interface"}`;
  }
  if (link.noArp) return "has no address resolution (NOARP)";
  if (link.mac.length !== MAC_LENGTH) return "is not an Ethernet interface";
  if (family === "IPv4") return link.broadcast ? undefined : "cannot broadcast";
  return link.addresses.some(({ address }) => isLinkLocal(address))
    ? undefined
    : "has no IPv6 link-local address";
}

function masterOf(link: Link, links: readonly Link[]): Link | undefined {
  return link.master === undefined ? undefined : links.find(({ index }) => index === link.master);
}
