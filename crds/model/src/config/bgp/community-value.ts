import { err, ok, type Result } from "../../foundation/index.ts";
import { type BgpCommunity } from "./types.ts";

const HIGHEST_16_BIT = 0xffff;
const HIGHEST_32_BIT = 0xffffffff;

export interface CommunityProblem {
  /** `format`: not the form of a community at all, so perhaps an alias. `value`: a community, but an impossible one. */
  readonly of: "format" | "value";
  readonly message: string;
}

/**
 * `65000:300` or `large:65000:1:2` (reference metallb.md, section 2.5). The messages begin with the sentences that
 * MetalLB's users know (section 2.7).
 */
export function parseCommunity(text: string): Result<BgpCommunity, CommunityProblem> {
  const parts = text.split(":");
  if (parts.length === 2) return parseStandard(text, parts);
  if (parts.length === 4) return parseLarge(text, parts);
  return err({ of: "format", message: `invalid community format: ${text}` });
}

/** A standard community counts as the large one `(global << 16 + local):0:0` (reference metallb.md, section 2.5). */
export function compareCommunities(a: BgpCommunity, b: BgpCommunity): number {
  const [first, second] = [sortKey(a), sortKey(b)];
  const differing = first.findIndex((part, index) => part !== second[index]);
  return differing < 0 ? 0 : (first[differing] ?? 0) - (second[differing] ?? 0);
}

/** The text that parseCommunity reads. */
export function formatCommunity(community: BgpCommunity): string {
  return community.size === "standard"
    ? `${community.global}:${community.local}`
    : `large:${community.global}:${community.local1}:${community.local2}`;
}

function parseStandard(text: string, parts: readonly string[]): Result<BgpCommunity, CommunityProblem> {
  const sections = parseSections(text, parts, HIGHEST_16_BIT);
  if (!sections.ok) return sections;
  const [global = 0, local = 0] = sections.value;
  return ok({ size: "standard", global, local });
}

function parseLarge(text: string, parts: readonly string[]): Result<BgpCommunity, CommunityProblem> {
  const [first, ...numbers] = parts;
  if (first !== "large") {
    const message = `invalid community value: expected community to be of format large:<n>:<n>:<n>, not ${text}`;
    return err({ of: "value", message });
  }
  const sections = parseSections(text, numbers, HIGHEST_32_BIT);
  if (!sections.ok) return sections;
  const [global = 0, local1 = 0, local2 = 0] = sections.value;
  return ok({ size: "large", global, local1, local2 });
}

function parseSections(
  text: string,
  sections: readonly string[],
  highest: number,
): Result<readonly number[], CommunityProblem> {
  const bad = sections.find((section) => !/^[0-9]+$/.test(section) || Number(section) > highest);
  if (bad === undefined) return ok(sections.map(Number));
  const section = `invalid section ${JSON.stringify(bad)} of community ${JSON.stringify(text)}`;
  return err({
    of: "value",
    message: `invalid community value: ${section}: not a number from 0 to ${highest}`,
  });
}

function sortKey(community: BgpCommunity): readonly number[] {
  if (community.size === "large") return [community.global, community.local1, community.local2];
  return [community.global * (HIGHEST_16_BIT + 1) + community.local, 0, 0];
}
