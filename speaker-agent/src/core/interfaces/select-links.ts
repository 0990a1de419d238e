import { formatIpPrefix, type IpAddress, type IpFamily } from "@steelyard/model/address";
import { MAC_LENGTH } from "../wire/mac-address.ts";
import { announcingLink, whyLinkCannotAnnounce } from "./announcing-links.ts";
import { type InterfaceExclusion } from "./interface-exclusion.ts";
import { leadingTo } from "./leading-to.ts";
import { type Link } from "./link.ts";
import { subnetsOf } from "./subnets.ts";

/** Which links announce an address, and what stands in the way of the others. */
export interface LinkSelection {
  /** Sorted by name, each once. */
  readonly links: readonly Link[];
  /** One clause per link that was asked for, or that leads to the address, and cannot announce; or why none leads there. */
  readonly obstacles: readonly string[];
}

/**
 * Selects the links that announce an address: those of the advertisement's list (exact names; empty = it has none), or
 * else those that lead to the address. A port stands for its master, whose wire it is.
 */
export type LinkSelector = (address: IpAddress, interfaces: readonly string[]) => LinkSelection;

/** What a link is for one family, judged once for all addresses. */
interface Judged {
  readonly announcing: Link;
  readonly obstacle: string | undefined;
}

/** The links as they are at one moment; thousands of addresses are then selected for without judging a link twice. */
export function linkSelector(links: readonly Link[], isExcluded: InterfaceExclusion): LinkSelector {
  const sorted = [...links].sort(byName);
  const eligible = sorted.filter((link) => isEligible(link, isExcluded)).map(withDirections);
  const judge = judgeOnce(links, isExcluded);
  return (address, interfaces) => {
    if (interfaces.length > 0) {
      const named = sorted.filter(({ name }) => interfaces.includes(name));
      return select(named, address.family, judge, missingAmong(interfaces, named));
    }
    const leading = leadingTo(address, eligible).map(({ link }) => link);
    return select(
      leading,
      address.family,
      judge,
      leading.length === 0 ? [whyNoneLeads(eligible, address)] : [],
    );
  };
}

/**
 * Whether a link counts where no interface is named. Nobody expects the loopback or the excluded ones there, of which a
 * node may have hundreds, and the subnet of a tunnel is no segment.
 */
export function isEligible({ loopback, mac, name }: Link, isExcluded: InterfaceExclusion): boolean {
  return !loopback && mac.length === MAC_LENGTH && !isExcluded(name);
}

function select(
  asked: readonly Link[],
  family: IpFamily,
  judge: (link: Link, family: IpFamily) => Judged,
  obstaclesBefore: readonly string[],
): LinkSelection {
  const selected = new Map<number, Link>();
  const obstacles = [...obstaclesBefore];
  for (const link of asked) {
    const { announcing, obstacle } = judge(link, family);
    if (obstacle === undefined) selected.set(announcing.index, announcing);
    else obstacles.push(`interface ${link.name} ${obstacle}`);
  }
  return { links: [...selected.values()].sort(byName), obstacles };
}

function judgeOnce(links: readonly Link[], isExcluded: InterfaceExclusion) {
  const known = new Map<string, Judged>();
  return (link: Link, family: IpFamily): Judged => {
    const key = `${link.index}/${family}`;
    const judged = known.get(key) ?? {
      announcing: announcingLink(link, links),
      obstacle: whyLinkCannotAnnounce(link, family, links, isExcluded),
    };
    known.set(key, judged);
    return judged;
  };
}

function withDirections(link: Link) {
  const { v4: defaultV4, v6: defaultV6 } = link.defaultRoute;
  return { link, prefixes: subnetsOf(link.addresses), defaultV4, defaultV6 };
}

function missingAmong(interfaces: readonly string[], found: readonly Link[]): readonly string[] {
  return interfaces
    .filter((name) => !found.some((link) => link.name === name))
    .sort()
    .map((name) => `interface ${name} does not exist`);
}

/** The first few subnets tell the story: a typo in the pool, or the wrong node. */
const MOST_SUBNETS = 6;

/** Diagnosis D12: the pool is foreign to the segment. */
function whyNoneLeads(eligible: readonly ReturnType<typeof withDirections>[], address: IpAddress): string {
  const subnets = eligible.flatMap(({ link, prefixes }) =>
    prefixes
      .filter(({ network }) => network.family === address.family)
      .map((prefix) => `${formatIpPrefix(prefix)} on ${link.name}`),
  );
  const shown = subnets.slice(0, MOST_SUBNETS).join(", ");
  const there =
    subnets.length === 0
      ? `no interface has an ${address.family} subnet`
      : `the subnets of this node are ${shown}${subnets.length > MOST_SUBNETS ? " and more" : ""}`;
  return `no interface has the subnet of the address or an ${address.family} default route; ${there}`;
}

function byName(left: Link, right: Link): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : left.index - right.index;
}
