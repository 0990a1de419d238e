import { formatIpAddress } from "@steelyard/model/address";
import { isLinkLocal } from "../core/wire/ipv6-multicast.ts";
import { type BgpDial } from "./bgp-connections.ts";
import { SocketError } from "./socket-address.ts";

/**
 * Says what a failed dial means for who configured the peer. `isNear`: this node has an address in the router's subnet; the
 * kernel answers EHOSTUNREACH both for a router that is silent there and for one behind another router.
 */
export function bgpDialError(
  cause: { readonly code: string; readonly message: string },
  dial: BgpDial,
  isNear: boolean,
): SocketError {
  const message = sentence(cause.code, dial, isNear) ?? cause.message;
  return new SocketError(message, { code: cause.code, cause });
}

function sentence(code: string, dial: BgpDial, isNear: boolean): string | undefined {
  const router = formatIpAddress(dial.remote.address);
  switch (code) {
    case "ECONNREFUSED":
      return `${router} refuses connections to port ${dial.remote.port}: BGP does not run there, or not for this node`;
    case "ECONNRESET":
      return `${router} has ended the connection`;
    case "EHOSTUNREACH":
      return unreachable(router, dial, isNear);
    case "ENETUNREACH":
      return `there is no route to ${router}${from(dial)}`;
    case "ETIMEDOUT":
      return `${router} does not answer${dial.password === undefined ? "" : "; a wrong password looks the same"}`;
    case "EADDRNOTAVAIL":
      return dial.source && `source address ${formatIpAddress(dial.source)} is not on this node`;
    case "ENODEV":
      return `there is no interface ${[dial.device, dial.interface].filter((name) => name !== undefined).join(" or ")} on this node`;
    case "EINVAL":
      return isLinkLocalWithout(dial)
        ? `${router} is a link-local address: the peer must name its interface`
        : undefined;
    default:
      return undefined;
  }
}

function unreachable(router: string, { hops }: BgpDial, isNear: boolean): string {
  if (isNear) return `${router} does not answer on the network it shares with this node`;
  if (hops.kind === "hops" && hops.hops === 1)
    return `${router} is not on a directly connected network: set ebgpMultiHop`;
  return `${router} cannot be reached`;
}

function from({ source, device }: BgpDial): string {
  if (device !== undefined) return ` in ${device}`;
  return source === undefined ? "" : ` from ${formatIpAddress(source)}`;
}

function isLinkLocalWithout({ remote, interface: name }: BgpDial): boolean {
  return isLinkLocal(remote.address) && name === undefined;
}
