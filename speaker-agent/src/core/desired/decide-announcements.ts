import { compareTexts } from "@steelyard/model/foundation";
import { isNodeReady } from "@steelyard/model/services";
import { claimOf } from "./claim.ts";
import { electableAddresses } from "./electable-addresses.ts";
import { type Election, electionBefore, type Ground } from "./elections.ts";
import { electorateRules } from "./electorate-rules.ts";
import { Electorates } from "./electorates.ts";
import { findHomes, NOTHING_REMEMBERED } from "./homes.ts";
import { judgeService } from "./judge-service.ts";
import { serviceKey } from "./service-key.ts";
import { servicesOfOurs } from "./services-of-ours.ts";
import { slicesByService } from "./slices-by-service.ts";
import {
  type AnnouncingOptions,
  type ClusterSnapshot,
  type DesiredState,
  type Predecessor,
} from "./types.ts";

/**
 * Decides from a snapshot of the cluster who may announce which addresses where, and says of each Service why this node
 * may or may not. Pure and deterministic: two agents with the same view agree, except about an address whose pool is gone
 * while its Service still holds it, of which an agent knows only what it saw itself (see homes.ts).
 *
 * @param previous the decision before this one, if there was any
 */
export function decideAnnouncements(
  cluster: ClusterSnapshot,
  options: AnnouncingOptions,
  previous?: Predecessor,
): DesiredState {
  const { config, nodes } = cluster;
  const ground: Ground = { config, nodes, rules: electorateRules(options) };
  const electorates = new Electorates(ground, previous?.elections?.electorates);
  const services = servicesOfOurs(cluster, options);
  const { homes, remembered } = findHomes(services, config, previous?.remembered ?? NOTHING_REMEMBERED);
  const slices = slicesByService(cluster.endpointSlices);
  const elections = services.map((service): Election => {
    const key = serviceKey(service.metadata);
    const claimant = { service, slices: slices.get(key) ?? [], home: homes.get(key) };
    const before = electionBefore(previous?.elections, ground, claimant);
    if (before?.claim.ok === true) electorates.keep(before.claim.value.electorate);
    // Without a spread, which gives each of ten thousand objects a shape of its own to be kept with it.
    const { slices: own, home } = claimant;
    return before ?? { service, slices: own, home, claim: claimOf(claimant, electorates) };
  });
  const electable = electableAddresses(elections, electorates, {
    bindAddresses: options.bindAddresses,
    settled: new Set([...(previous?.settled ?? []), ...(cluster.owned ?? [])]),
  });
  return {
    addresses: electable.addresses,
    settled: electable.settled,
    readyNodes: nodes
      .filter(isNodeReady)
      .map(({ metadata }) => metadata.name)
      .sort(compareTexts),
    verdicts: elections.map((election) => judgeService(election, electable, electorates, options.nodeName)),
    elections: {
      ...ground,
      electorates,
      byService: new Map(elections.map((election) => [serviceKey(election.service.metadata), election])),
    },
    remembered,
  };
}
