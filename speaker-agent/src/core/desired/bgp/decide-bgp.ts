import { type BgpAdvertisement } from "@steelyard/model/config";
import { findHomes, type Home, NOTHING_REMEMBERED } from "../homes.ts";
import { servicesOfOurs } from "../services-of-ours.ts";
import { slicesByService } from "../slices-by-service.ts";
import { type AnnouncingOptions, type ClusterSnapshot } from "../types.ts";
import { type JudgedService, type RouteBook } from "./basis.ts";
import { judgeAll } from "./judge-all.ts";
import { NodeGround } from "./node-ground.ts";
import { changeBook, EMPTY_BOOK } from "./route-book.ts";
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
  const { config, nodes, endpointSlices } = cluster;
  const { basis } = previous;
  const isSameGround = basis?.ground.isOf(config, nodes, options) === true;
  const ground = isSameGround ? basis.ground : new NodeGround(config, nodes, options);
  const services = servicesOfOurs(cluster, options);
  const before = basis?.remembered ?? previous.remembered ?? NOTHING_REMEMBERED;
  const { homes, remembered } = findHomes(services, config, before);
  const slices = slicesByService(endpointSlices, basis?.endpointSlices);
  const { judged, changes } = judgeAll({ services, endpointSlices, slices, homes }, ground, basis);
  const changed = changeBook(basis?.book ?? EMPTY_BOOK, changes);
  const { book } = changed;
  const advertisements =
    basis?.homes === homes ? basis.advertisements : advertisementsOfAll([...homes.values()]);
  const { routes, tables } = routeTables(ground.peers, advertisements, changed, {
    ...(previous.routes !== undefined && { routes: previous.routes }),
    ...(basis !== undefined && { tables: basis.tables }),
  });
  const isSame = basis?.judged === judged && basis.book === book;
  const verdicts = isSame ? basis.verdicts : withDisputes(judged, book);
  return {
    peers: ground.peers,
    routes,
    verdicts,
    basis: { ground, endpointSlices, judged, homes, advertisements, verdicts, book, tables, remembered },
  };
}

function advertisementsOfAll(homes: readonly Home[]): ReadonlySet<BgpAdvertisement> {
  return new Set([...new Set(homes)].flatMap(({ bgpAdvertisements }) => bgpAdvertisements));
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
