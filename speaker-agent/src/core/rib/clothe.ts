import { formatIpAddress, type IpFamily } from "@steelyard/model/address";
import { type BgpCommunity, compareCommunities, formatCommunity } from "@steelyard/model/config";
import { type BgpNextHop, type BgpPathAttributes } from "../wire/bgp/messages.ts";
import { roomForAnnounced } from "../wire/bgp/update-encode.ts";
import { walkTables } from "./compare-tables.ts";
import {
  type Clothing,
  type Look,
  type RibSession,
  type Route,
  type TargetTable,
  type UnsendableRoutes,
} from "./types.ts";

/** RFC 8326, section 5. */
const GRACEFUL_SHUTDOWN: BgpCommunity = { size: "standard", global: 65535, local: 0 };

/** What routers assume, and FRR sends, when nobody says anything else. */
const USUAL_LOCAL_PREF = 100;

/** With the byte that says so. */
const LONGEST_PREFIX = 17;

export const EMPTY_TARGET: TargetTable = {
  routes: [],
  looks: [],
  byKey: new Map(),
  unsendable: [],
  from: undefined,
};

/**
 * Gives what is due the attributes it has in one session; what that cannot carry is counted.
 *
 * @param before the last target of the session; it itself is given back if it is made of the same
 */
export function clothe(clothing: Clothing, before: TargetTable): TargetTable {
  const { due, terms, leaving } = clothing;
  const sameTerms = before.from?.terms === terms && before.from.leaving === leaving;
  if (sameTerms && before.from?.due === due) return before;
  const made = new Looks(clothing, before.byKey);
  // Whoever stands in both tables looks as before, if nothing but the routes has changed.
  const known = sameTerms ? before : EMPTY_TARGET;
  const routes: Route[] = [];
  const looks: Look[] = [];
  walkTables(due, known.routes, (now, earlier) => {
    const route = now === undefined ? undefined : due[now];
    if (route === undefined) return;
    const isSame = earlier !== undefined && known.routes[earlier] === route;
    const look = (isSame ? made.keep(known.looks[earlier]) : undefined) ?? made.of(route);
    if (look === undefined) return;
    routes.push(route);
    looks.push(look);
  });
  const { byKey, unsendable } = made;
  return { routes: routes.length === due.length ? due : routes, looks, byKey, unsendable, from: clothing };
}

/** The looks of one table: equal ones are one object, and so are those of the table before. */
class Looks {
  readonly #clothing: Clothing;
  readonly #before: ReadonlyMap<string, Look>;
  readonly #byKey = new Map<string, Look>();
  readonly #unsendable = new Map<string, { family: IpFamily; routes: number; because: string }>();
  /** Neighbours in a table mostly look alike. */
  #last: { readonly route: Route; readonly look: Look } | undefined;
  #lastKept: Look | undefined;

  constructor(clothing: Clothing, before: ReadonlyMap<string, Look>) {
    this.#clothing = clothing;
    this.#before = before;
  }

  get byKey(): ReadonlyMap<string, Look> {
    return this.#byKey;
  }

  get unsendable(): readonly UnsendableRoutes[] {
    return [...this.#unsendable.values()];
  }

  keep(look: Look | undefined): Look | undefined {
    if (look !== undefined && look !== this.#lastKept) this.#byKey.set(look.key, look);
    this.#lastKept = look;
    return look;
  }

  /** Undefined, and counted, when the session cannot carry it. */
  of(route: Route): Look | undefined {
    if (this.#last !== undefined && isClothedAlike(this.#last.route, route)) return this.#last.look;
    const nextHop = nextHopOf(route, this.#clothing.terms);
    if (typeof nextHop === "string") return this.#count(route, nextHop);
    const key = keyOf(route, nextHop, this.#clothing);
    const look =
      this.#byKey.get(key) ??
      this.#before.get(key) ??
      makeLook(key, route.prefix.network.family, attributesOf(route, nextHop, this.#clothing));
    if (look.room < LONGEST_PREFIX) return this.#count(route, tooManyCommunities);
    this.#byKey.set(key, look);
    this.#last = { route, look };
    return look;
  }

  #count({ prefix }: Route, because: string): undefined {
    const { family } = prefix.network;
    const entry = this.#unsendable.get(`${family} ${because}`) ?? { family, routes: 0, because };
    entry.routes += 1;
    this.#unsendable.set(`${family} ${because}`, entry);
  }
}

const tooManyCommunities = "they have more communities than a message of 4096 bytes can hold";

/** Whether the session shows AS numbers in two bytes or four: there has to be room either way. */
function makeLook(key: string, family: IpFamily, attributes: BgpPathAttributes): Look {
  const rooms = [false, true].map((fourByteAsn) => roomForAnnounced(family, attributes, { fourByteAsn }));
  return { key, attributes, room: Math.min(...rooms) };
}

function isClothedAlike(a: Route, b: Route): boolean {
  return (
    a.communities === b.communities &&
    a.localPref === b.localPref &&
    a.asPathPrepend === b.asPathPrepend &&
    a.prefix.network.family === b.prefix.network.family
  );
}

/** By which address the router reaches a route of ours; a text says why there is none. */
function nextHopOf(
  { prefix }: Route,
  { families, nextHops, extendedNextHop }: RibSession,
): BgpNextHop | string {
  const { family } = prefix.network;
  if (!families.includes(family)) return `the session does not carry ${family}`;
  if (family === "IPv6")
    return nextHops.IPv6 ?? "this node has no IPv6 address that the router could reach it by";
  // Who has agreed on RFC 8950 is reached by IPv6 for certain; whether by IPv4 as well nobody knows.
  const viaIpv6 = extendedNextHop ? nextHops.IPv6 : undefined;
  if (viaIpv6 !== undefined) return viaIpv6;
  if (nextHops.IPv4 !== undefined) return { address: nextHops.IPv4 };
  return "this node has no IPv4 address that the router could reach it by";
}

function attributesOf(route: Route, nextHop: BgpNextHop, { terms, leaving }: Clothing): BgpPathAttributes {
  const { localAsn, internal } = terms;
  return {
    origin: "igp",
    asPath: internal ? [] : Array.from({ length: 1 + route.asPathPrepend }, () => localAsn),
    nextHop,
    localPref: internal ? localPrefOf(route, leaving) : undefined,
    communities: communitiesOf(route, leaving),
  };
}

function localPrefOf({ localPref }: Route, leaving: boolean): number {
  if (leaving) return 0;
  return localPref === 0 ? USUAL_LOCAL_PREF : localPref;
}

function communitiesOf({ communities }: Route, leaving: boolean): readonly BgpCommunity[] {
  const key = formatCommunity(GRACEFUL_SHUTDOWN);
  if (!leaving || communities.some((one) => formatCommunity(one) === key)) return communities;
  return [...communities, GRACEFUL_SHUTDOWN].sort(compareCommunities);
}

/** Equal for routes with equal attributes; AS number and kind of session never change within one. */
function keyOf(route: Route, nextHop: BgpNextHop, { terms, leaving }: Clothing): string {
  const { address, linkLocal } = nextHop;
  const parts = [
    route.prefix.network.family,
    formatIpAddress(address),
    linkLocal === undefined ? "" : formatIpAddress(linkLocal),
    terms.internal ? localPrefOf(route, leaving) : route.asPathPrepend,
    leaving,
    ...route.communities.map(formatCommunity),
  ];
  return parts.join(" ");
}
