import { compareIpPrefixes, formatIpPrefix, type IpPrefix } from "@steelyard/model/address";
import {
  type BgpAdvertisement,
  type BgpCommunity,
  type BgpPeer,
  compareCommunities,
  formatCommunity,
} from "@steelyard/model/config";
import { type Route, type RouteTable } from "../../rib/types.ts";
import { type RouteBook } from "./basis.ts";
import { namesOf, reaches } from "./node-ground.ts";
import { advertisementsOf } from "./route-book.ts";

export interface RouteTables {
  /** By name of the peer. */
  readonly routes: ReadonlyMap<string, RouteTable>;
  /** By what reaches a router: those that the same advertisements reach share one table. */
  readonly tables: ReadonlyMap<string, RouteTable>;
}

/**
 * The table of each peer.
 *
 * @param advertisements all there are; their names are unique
 * @param dirty the prefixes that have changed since `before`
 */
export function routeTables(
  peers: readonly BgpPeer[],
  advertisements: Iterable<BgpAdvertisement>,
  { book, dirty }: { readonly book: RouteBook; readonly dirty: readonly IpPrefix[] },
  before: Partial<RouteTables>,
): RouteTables {
  const choosy = [...advertisements].filter((one) => one.peers.length > 0);
  const attributes = new Attributes();
  const sorted = [...dirty].sort(compareIpPrefixes);
  const routes = new Map<string, RouteTable>();
  const tables = new Map<string, RouteTable>();
  for (const peer of peers) {
    const reach = namesOf(choosy.filter((one) => reaches(one, peer)));
    const toRoute = (prefix: IpPrefix): Route | undefined => routeFor(prefix, peer, book, attributes);
    const earlier = before.tables?.get(reach);
    const table =
      tables.get(reach) ??
      (earlier === undefined
        ? buildTable(book, toRoute, before.routes?.get(peer.name))
        : changeTable(earlier, sorted, toRoute));
    tables.set(reach, table);
    routes.set(peer.name, table);
  }
  return { routes, tables };
}

function buildTable(
  { entries }: RouteBook,
  toRoute: (prefix: IpPrefix) => Route | undefined,
  before: RouteTable | undefined,
): RouteTable {
  const prefixes = [...entries.values()].map(({ prefix }) => prefix).sort(compareIpPrefixes);
  const table = prefixes.flatMap((prefix) => toRoute(prefix) ?? []);
  const isSame =
    before?.length === table.length && table.every((route, index) => isSameRoute(route, before[index]));
  return isSame ? before : table;
}

/** The same table when nothing comes of the changes. */
function changeTable(
  table: RouteTable,
  dirty: readonly IpPrefix[],
  toRoute: (prefix: IpPrefix) => Route | undefined,
): RouteTable {
  const changed: Route[] = [];
  let isSame = true;
  let at = 0;
  for (const prefix of dirty) {
    const place = placeOf(table, prefix, at);
    for (; at < place; at += 1) take(changed, table[at]);
    const had = isAt(table, place, prefix) ? table[place] : undefined;
    const wanted = toRoute(prefix);
    const isKept = isSameRoute(wanted, had);
    isSame &&= isKept;
    take(changed, isKept ? had : wanted);
    if (had !== undefined) at = place + 1;
  }
  if (isSame) return table;
  for (; at < table.length; at += 1) take(changed, table[at]);
  return changed;
}

function take(routes: Route[], route: Route | undefined): void {
  if (route !== undefined) routes.push(route);
}

/** Where the prefix stands or would stand, at `from` or behind it; by bisection. */
function placeOf(table: RouteTable, prefix: IpPrefix, from: number): number {
  let to = table.length;
  let start = from;
  while (start < to) {
    const middle = (start + to) >>> 1;
    const route = table[middle];
    if (route !== undefined && compareIpPrefixes(route.prefix, prefix) < 0) start = middle + 1;
    else to = middle;
  }
  return start;
}

function isAt(table: RouteTable, place: number, prefix: IpPrefix): boolean {
  const route = table[place];
  return route !== undefined && compareIpPrefixes(route.prefix, prefix) === 0;
}

function isSameRoute(a: Route | undefined, b: Route | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    compareIpPrefixes(a.prefix, b.prefix) === 0 &&
    a.localPref === b.localPref &&
    a.asPathPrepend === b.asPathPrepend &&
    (a.communities === b.communities || textOf(a.communities) === textOf(b.communities))
  );
}

function textOf(communities: readonly BgpCommunity[]): string {
  return communities.map(formatCommunity).join(" ");
}

/** Undefined = nothing of it goes to this router. */
function routeFor(
  prefix: IpPrefix,
  peer: BgpPeer,
  { entries }: RouteBook,
  attributes: Attributes,
): Route | undefined {
  const entry = entries.get(formatIpPrefix(prefix));
  if (entry === undefined) return undefined;
  const all = advertisementsOf(entry);
  const reaching = all.every((one) => reaches(one, peer)) ? all : all.filter((one) => reaches(one, peer));
  return reaching.length === 0 ? undefined : { prefix: entry.prefix, ...attributes.of(reaching) };
}

type RouteAttributes = Omit<Route, "prefix">;

/** Of what a set of advertisements makes of a route; thousands of routes have the same. */
class Attributes {
  readonly #known = new Map<string, RouteAttributes>();

  of(advertisements: readonly BgpAdvertisement[]): RouteAttributes {
    const key = namesOf(advertisements);
    const known = this.#known.get(key) ?? merge(advertisements);
    this.#known.set(key, known);
    return known;
  }
}

/** Communities are united, the greatest prepend counts, and the local preference of the first (design 0003-bgp). */
function merge(advertisements: readonly BgpAdvertisement[]): RouteAttributes {
  const [first] = advertisements;
  const only = advertisements.length === 1 ? first : undefined;
  return {
    localPref: first?.localPref ?? 0,
    asPathPrepend: Math.max(0, ...advertisements.map(({ asPathPrepend }) => asPathPrepend)),
    communities: only?.communities ?? union(advertisements.flatMap(({ communities }) => communities)),
  };
}

function union(communities: readonly BgpCommunity[]): readonly BgpCommunity[] {
  const distinct = new Map(communities.map((one) => [formatCommunity(one), one]));
  return [...distinct.values()].sort(compareCommunities);
}
