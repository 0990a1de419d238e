import { type BgpAdvertisement } from "@steelyard/model/config";
import { type ServiceResource } from "@steelyard/model/resources";
import { type Claimant } from "../claim.ts";
import { findHomes, type Home, NOTHING_REMEMBERED, sameHome } from "../homes.ts";
import { serviceKey } from "../service-key.ts";
import { servicesOfOurs, slicesByService } from "../services-of-ours.ts";
import { type AnnouncingOptions, type ClusterSnapshot } from "../types.ts";
import { type BgpBasis, type JudgedService, type PrefixUse, type RouteBook } from "./basis.ts";
import { judgeService } from "./judge-service.ts";
import { NodeGround } from "./node-ground.ts";
import { type BookChange, changeBook, EMPTY_BOOK } from "./route-book.ts";
import { routeTables } from "./route-tables.ts";
import { type BgpPredecessor, type BgpVerdict, type DesiredBgp } from "./types.ts";

/**
 * Decides from a snapshot of the cluster to which routers this node speaks, which routes each is to have, and of each
 * Service why it is advertised or not (reference metallb.md, sections 5.1 to 5.3). Pure; what has not changed since the
 * decision before is the same object in this one.
 *
 * @param previous the decision before this one, if there was any
 */
export function decideBgp(
  cluster: ClusterSnapshot,
  options: AnnouncingOptions,
  previous: BgpPredecessor = {},
): DesiredBgp {
  const { config, nodes } = cluster;
  const { basis } = previous;
  const isSameGround = basis?.ground.isOf(config, nodes, options) === true;
  const ground = isSameGround ? basis.ground : new NodeGround(config, nodes, options);
  const services = servicesOfOurs(cluster, options);
  const before = basis?.remembered ?? previous.remembered ?? NOTHING_REMEMBERED;
  const { homes, remembered } = findHomes(services, config, before);
  const slices = slicesByService(cluster.endpointSlices);
  const judged = services.map((service) => {
    const key = serviceKey(service.metadata);
    return judge({ service, slices: slices.get(key) ?? none, home: homes.get(key) }, ground, basis);
  });
  const changed = changeBook(basis?.book ?? EMPTY_BOOK, changesOf(judged, basis));
  const { book } = changed;
  const advertisements = advertisementsOfAll(new Set(homes.values()));
  const { routes, tables } = routeTables(ground.peers, advertisements, changed, {
    ...(previous.routes !== undefined && { routes: previous.routes }),
    ...(basis !== undefined && { tables: basis.tables }),
  });
  const byService = new Map(judged.map((one) => [one.service, one]));
  return {
    peers: ground.peers,
    routes,
    verdicts: withDisputes(judged, book),
    basis: { ground, judged: byService, book, tables, remembered },
  };
}

const none: readonly never[] = [];

/** The earlier outcome, if nothing it follows from has changed; otherwise a new one, with what is equal taken over. */
function judge(claimant: Claimant, ground: NodeGround, basis: BgpBasis | undefined): JudgedService {
  const before = basis?.judged.get(claimant.service);
  if (before === undefined) return judgeService(claimant, ground);
  const isSame = basis?.ground === ground && followsFrom(before, claimant);
  return isSame ? before : withSameUses(judgeService(claimant, ground), before);
}

function followsFrom(before: JudgedService, { slices, home }: Claimant): boolean {
  return sameHome(before.home, home) && areSame(before.slices, slices);
}

function withSameUses(judged: JudgedService, before: JudgedService): JudgedService {
  const isSame =
    judged.uses.length === before.uses.length &&
    judged.uses.every((use, index) => isSameUse(use, before.uses[index]));
  return isSame ? { ...judged, uses: before.uses } : judged;
}

function isSameUse(a: PrefixUse, b: PrefixUse | undefined): boolean {
  return b !== undefined && a.text === b.text && areSame(a.advertisements, b.advertisements);
}

function areSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((one, index) => one === b[index]));
}

/** A Service that has changed is another object: its old outcome is among those that nobody took over. */
function changesOf(judged: readonly JudgedService[], basis: BgpBasis | undefined): readonly BookChange[] {
  const changes: BookChange[] = [];
  const left = new Map<ServiceResource, JudgedService>(basis?.judged);
  for (const after of judged) {
    const before = left.get(after.service);
    left.delete(after.service);
    if (before !== after) changes.push({ before, after });
  }
  for (const before of left.values()) changes.push({ before, after: undefined });
  return changes;
}

function advertisementsOfAll(homes: ReadonlySet<Home>): ReadonlySet<BgpAdvertisement> {
  return new Set([...homes].flatMap(({ bgpAdvertisements }) => bgpAdvertisements));
}

/** Says of a Service when another one decided about its route. */
function withDisputes(
  judged: readonly JudgedService[],
  { entries, disputes }: RouteBook,
): readonly BgpVerdict[] {
  if (disputes.size === 0) return judged.map(({ verdict }) => verdict);
  const notes = new Map<string, string[]>();
  for (const [text, note] of disputes) {
    for (const { service } of entries.get(text)?.uses ?? []) {
      notes.set(service, [...(notes.get(service) ?? []), note]);
    }
  }
  return judged.map(({ key, verdict }) => {
    const own = notes.get(key);
    if (own === undefined) return verdict;
    const because = [verdict.decision.because, ...own].join("; ");
    return { ...verdict, decision: { ...verdict.decision, because } };
  });
}
