import { type PoolDraft } from "../drafts.ts";
import { type Finding } from "../findings.ts";
import { danglingPools, selectsPool } from "../link.ts";
import { type ConfigProblem, type Pool } from "../types.ts";
import { type BgpAdvertisementDraft } from "./advertisements.ts";
import { attachBgp } from "./attach.ts";
import { type DecidedBgp, profilesOf } from "./decide.ts";
import { danglingProfile, echoWithIpv6, withoutEcho } from "./peer-rules.ts";
import { type BgpAdvertisement, type BgpPeer } from "./types.ts";

export interface LinkedAdvertisements {
  /** By name of the pool. */
  readonly ofPool: ReadonlyMap<string, readonly BgpAdvertisement[]>;
  readonly problems: readonly ConfigProblem[];
}

/** Which BGPAdvertisements announce which pool in force, and what keeps others from doing so. */
export function linkAdvertisements(
  { advertisements, peers }: DecidedBgp,
  pools: ReadonlyMap<string, PoolDraft>,
): LinkedAdvertisements {
  const drafts = [...advertisements.inForce.values()];
  const attached = [...pools].map(([name, { labels, ranges }]) => {
    const pool = { name, labels, ranges };
    return [
      name,
      attachBgp(
        pool,
        drafts.filter((draft) => selectsPool(draft, pool)),
      ),
    ] as const;
  });
  const findings = attached.flatMap(([, one]) => one.findings);
  return {
    ofPool: new Map(attached.map(([name, one]) => [name, one.advertisements])),
    problems: [
      ...findings.flatMap(([name, finding]) => advertisements.problemsOf(name, [finding])),
      ...drafts.flatMap((draft) => {
        const dangling = [...danglingPools(draft, pools), ...danglingPeers(draft, peers.inForce)];
        return advertisements.problemsOf(draft.source.name, dangling);
      }),
    ],
  };
}

/** The peers in force as a speaker uses them, in the light of the pools it will announce to them. */
export function linkPeers(
  { peers, profiles }: DecidedBgp,
  pools: readonly Pool[],
): { readonly peers: readonly BgpPeer[]; readonly problems: readonly ConfigProblem[] } {
  const known = profilesOf(profiles);
  const linked = [...peers.inForce.values()].map((draft) => {
    const echo = echoWithIpv6(draft.peer, pools);
    const findings = [...danglingProfile(draft, known), ...echo];
    const peer = echo.length > 0 ? withoutEcho(draft.peer) : draft.peer;
    return { peer, problems: peers.problemsOf(peer.name, findings) };
  });
  return { peers: linked.map(({ peer }) => peer), problems: linked.flatMap(({ problems }) => problems) };
}

/** MetalLB passes over such a name silently. */
function danglingPeers(
  { advertisement }: BgpAdvertisementDraft,
  peers: ReadonlyMap<string, unknown>,
): readonly Finding[] {
  return advertisement.peers.flatMap((name, index): Finding[] => {
    const message = `there is no BGPPeer ${JSON.stringify(name)} in force`;
    return peers.has(name) ? [] : [{ kind: "incomplete", path: `spec.peers[${index}]`, message }];
  });
}
