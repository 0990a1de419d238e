import { type Instant, type Millis } from "@steelyard/model/foundation";
import { serviceKey } from "../service-key.ts";
import { type ServiceStatusClaim } from "../service-status.ts";
import { type CarriedRoutes } from "./carried-routes.ts";
import { type BgpVerdict } from "./types.ts";

/** A session that is back by then has cost no write to any of its Services' objects. */
const lingers: Millis = 1000;

/** What the previous look said, for the next one. */
export interface SaidPeers {
  /** By `namespace/name`. */
  readonly peers: ReadonlyMap<string, readonly string[]>;
  /** By Service and peer: since when the router has not had a prefix that it is still to have. */
  readonly missing: ReadonlyMap<string, Instant>;
}

export const nothingSaid: SaidPeers = { peers: new Map(), missing: new Map() };

export interface BgpStatusClaims {
  readonly claims: readonly ServiceStatusClaim[];
  readonly said: SaidPeers;
  /** When they will change although nothing happens; undefined = they will not. */
  readonly lookAgainAt: Instant | undefined;
}

/**
 * Which routers have a route of which Service from this node, in the form of ServiceBGPStatus objects: what is, and not
 * what is wanted (MetalLB shows the wish; reference metallb.md, section 5.8), and only for prefixes of that very Service,
 * however many Services share an aggregate (quirk 28). A router appears at once; one whose session goes down disappears
 * when it has stayed away for a second, and at once when it is no longer to have the route.
 */
export function bgpStatusClaims(
  verdicts: readonly BgpVerdict[],
  carried: CarriedRoutes,
  before: SaidPeers,
  now: Instant,
): BgpStatusClaims {
  const lists = new Map<string, readonly string[]>();
  const peers = new Map<string, readonly string[]>();
  const missing = new Map<string, Instant>();
  const claims: ServiceStatusClaim[] = [];
  for (const verdict of verdicts) {
    const key = serviceKey(verdict.service);
    const said = new Set(before.peers.get(key));
    const shown = wantedPeers(verdict).filter((peer) => {
      if (hasRoute(verdict, peer, carried)) return true;
      if (!said.has(peer)) return false;
      const pair = `${key} ${peer}`;
      const since = before.missing.get(pair) ?? now;
      if (now - since >= lingers) return false;
      missing.set(pair, since);
      return true;
    });
    if (shown.length === 0) continue;
    const list = sharedList(lists, shown);
    peers.set(key, list);
    claims.push({ service: verdict.service, says: { peers: list } });
  }
  return { claims, said: { peers, missing }, lookAgainAt: endOfLingering(missing) };
}

/** Sorted, each once: two prefixes of a Service may go to the same router. */
function wantedPeers({ prefixes }: BgpVerdict): readonly string[] {
  const [first, ...others] = prefixes;
  if (others.length === 0) return first?.peers ?? [];
  return [...new Set(prefixes.flatMap(({ peers }) => peers))].sort();
}

function hasRoute({ prefixes }: BgpVerdict, peer: string, carried: CarriedRoutes): boolean {
  return prefixes.some(({ prefix, peers }) => peers.includes(peer) && carried.carries(peer, prefix));
}

/** Ten thousand Services go to the same few routers: one list for all of them. */
function sharedList(lists: Map<string, readonly string[]>, peers: readonly string[]): readonly string[] {
  const text = peers.join(" ");
  const known = lists.get(text) ?? peers;
  lists.set(text, known);
  return known;
}

function endOfLingering(missing: ReadonlyMap<string, Instant>): Instant | undefined {
  let first: Instant | undefined;
  for (const since of missing.values()) if (first === undefined || since < first) first = since;
  return first === undefined ? undefined : ((first + lingers) as Instant);
}
