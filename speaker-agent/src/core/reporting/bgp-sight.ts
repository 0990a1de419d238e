import { type Instant, type Millis } from "@steelyard/model/foundation";
import { type BgpPeerDown, type BgpPeerWithheld, type BgpReport } from "@steelyard/model/resources";
import { type BgpSessionReport } from "../machines/bgp-session/types.ts";
import { type RibOutReport } from "../rib/types.ts";

/** What the speaker knows of one BGPPeer of this node. */
export interface SeenBgpPeer {
  readonly name: string;
  /** Where the router is, for people: `192.0.2.1`, or `interface eth1`. */
  readonly router: string;
  /** Why no session is attempted at all, such as a Secret that is missing; one sentence. undefined = it is. */
  readonly refusal: string | undefined;
  /** undefined = there is no session, because of `refusal`. */
  readonly session: Pick<BgpSessionReport, "state" | "lastError" | "counters"> | undefined;
  readonly rib: Pick<RibOutReport, "unsendable"> | undefined;
}

/** Since when a session has not been established. */
export interface Downtime {
  readonly since: Instant;
  /** RFC 3339, of the same moment. */
  readonly timestamp: string;
}

/** By the name of a BGPPeer; one that is established is not in it. */
export type Downtimes = ReadonlyMap<string, Downtime>;

export interface BgpSight {
  readonly downtimes: Downtimes;
  readonly report: BgpReport;
  /** When there may be more to tell although nothing has happened; undefined = nothing is pending. */
  readonly lookAgainAt: Instant | undefined;
}

/** A router that is about to be reached is no news. */
const patience: Millis = 10_000;

/**
 * Which routers are not told everything, for the annotation on this node's ConfigurationState. A session that is down is
 * told of when it has had ten seconds to come up; at once when it was up before, when router or node have said why they
 * part, or when nothing is attempted.
 *
 * @param before what the previous look found: each look goes on from there
 * @param timestamp RFC 3339, of `now`
 */
export function lookAtBgp(
  before: Downtimes,
  peers: readonly SeenBgpPeer[],
  { now, timestamp }: { readonly now: Instant; readonly timestamp: string },
): BgpSight {
  const down = peers.filter(({ session }) => session?.state !== "established");
  const downtimes = new Map(
    down.map(({ name }) => [name, before.get(name) ?? { since: now, timestamp }] as const),
  );
  const sinceOf = ({ name }: SeenBgpPeer): Instant => downtimes.get(name)?.since ?? now;
  const isTold = (peer: SeenBgpPeer): boolean => isDefinite(peer) || now - sinceOf(peer) >= patience;
  const pending = down.filter((peer) => !isTold(peer)).map(sinceOf);
  return {
    downtimes,
    report: {
      down: byName(down.filter(isTold), (peer) => downOf(peer, downtimes)),
      withheld: byName(peers.filter(isWithheld), withheldOf),
    },
    lookAgainAt: pending.length === 0 ? undefined : ((Math.min(...pending) + patience) as Instant),
  };
}

/** It is not going to come up in a moment, or was up. */
function isDefinite({ refusal, session }: SeenBgpPeer): boolean {
  if (refusal !== undefined || session === undefined) return true;
  const { flaps, notificationsReceived, notificationsSent } = session.counters;
  return flaps + notificationsReceived + notificationsSent > 0;
}

function downOf({ name, router, refusal, session }: SeenBgpPeer, downtimes: Downtimes): BgpPeerDown {
  const since = downtimes.get(name)?.timestamp;
  const because = refusal ?? session?.lastError;
  return { router, ...(since !== undefined && { since }), ...(because !== undefined && { because }) };
}

function isWithheld({ session, rib }: SeenBgpPeer): boolean {
  return session?.state === "established" && (rib?.unsendable ?? []).length > 0;
}

function withheldOf({ router, rib }: SeenBgpPeer): BgpPeerWithheld {
  const families = (rib?.unsendable ?? []).map(({ family, because }) => [family, because]);
  return { router, families: Object.fromEntries(families) as BgpPeerWithheld["families"] };
}

function byName<R>(
  peers: readonly SeenBgpPeer[],
  say: (peer: SeenBgpPeer) => R,
): Readonly<Record<string, R>> {
  return Object.fromEntries(peers.map((peer) => [peer.name, say(peer)]));
}
