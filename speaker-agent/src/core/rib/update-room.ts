import { type IpFamily, type IpPrefix } from "@steelyard/model/address";
import { type BgpPathAttributes } from "../wire/bgp/messages.ts";

export const LARGEST_UPDATE = 4096;
const HEADER_AND_LENGTHS = 23;

/** How many bytes of prefixes an UPDATE with these attributes holds; undefined = one that withdraws. */
export function updateRoom(family: IpFamily, attributes: BgpPathAttributes | undefined): number {
  return LARGEST_UPDATE - HEADER_AND_LENGTHS - attributesLength(family, attributes);
}

export function prefixLength({ length }: IpPrefix): number {
  return 1 + Math.ceil(length / 8);
}

function attributesLength(family: IpFamily, attributes: BgpPathAttributes | undefined): number {
  if (attributes === undefined) return family === "IPv4" ? 0 : 7;
  const { asPath, communities } = attributes;
  return (
    120 + 8 * asPath.length + communities.reduce((sum, { size }) => sum + (size === "large" ? 12 : 4), 0)
  );
}
