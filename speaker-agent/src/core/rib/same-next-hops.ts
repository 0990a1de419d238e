import { type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { type NextHops } from "./types.ts";

/** Whether a router would be told the same. */
export function sameNextHops(a: NextHops, b: NextHops): boolean {
  return (
    same(a.IPv4, b.IPv4) &&
    same(a.IPv6?.address, b.IPv6?.address) &&
    same(a.IPv6?.linkLocal, b.IPv6?.linkLocal)
  );
}

function same(a: IpAddress | undefined, b: IpAddress | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameIpAddress(a, b);
}
