import { ByteWriter } from "@steelyard/model/foundation";
import { type BgpCommunity } from "@steelyard/model/config";
import { readHalf, readWord } from "../address-bytes.ts";

const STANDARD_LENGTH = 4;
const LARGE_LENGTH = 12;

/** RFC 1997; the caller has checked the length. */
export function decodeCommunities(value: Uint8Array): readonly BgpCommunity[] {
  const communities: BgpCommunity[] = [];
  for (let offset = 0; offset < value.length; offset += STANDARD_LENGTH)
    communities.push({
      size: "standard",
      global: readHalf(value, offset),
      local: readHalf(value, offset + 2),
    });
  return communities;
}

/** RFC 8092; the caller has checked the length. */
export function decodeLargeCommunities(value: Uint8Array): readonly BgpCommunity[] {
  const communities: BgpCommunity[] = [];
  for (let offset = 0; offset < value.length; offset += LARGE_LENGTH)
    communities.push({
      size: "large",
      global: readWord(value, offset),
      local1: readWord(value, offset + 4),
      local2: readWord(value, offset + 8),
    });
  return communities;
}

/** Those of 32 bits only; empty = the attribute is not sent. */
export function encodeCommunities(communities: readonly BgpCommunity[]): Uint8Array {
  const writer = new ByteWriter();
  for (const community of communities)
    if (community.size === "standard") writer.u16(community.global).u16(community.local);
  return writer.toBytes();
}

/** Those of 96 bits only; empty = the attribute is not sent. */
export function encodeLargeCommunities(communities: readonly BgpCommunity[]): Uint8Array {
  const writer = new ByteWriter();
  for (const community of communities)
    if (community.size === "large") writer.u32(community.global).u32(community.local1).u32(community.local2);
  return writer.toBytes();
}
