import {
  bfdProfiles,
  bgpAdvertisements,
  bgpPeers,
  communities,
  configurationStates,
  endpointSlices,
  ipAddressPools,
  l2Advertisements,
  namespaces,
  nodes,
  type ReflectorDeps,
  serviceBgpStatuses,
  serviceL2Statuses,
  services,
} from "@steelyard/client";
import {
  projectBfdProfile,
  projectBgpAdvertisement,
  projectBgpPeer,
  projectCommunity,
  projectConfigurationState,
  projectIpAddressPool,
  projectL2Advertisement,
  projectNamespace,
  projectNode,
  statusLabels,
} from "@steelyard/model/resources";
import { configurationStateName } from "../../core/reporting/plan-configuration-state.ts";
import {
  projectAnnouncedService,
  projectOwnBgpStatus,
  projectOwnL2Status,
  projectServingSlice,
} from "./lean-projections.ts";
import { FollowedSecrets } from "./followed-secrets.ts";
import { type HasMetadata, type ListOptions, ReflectedList } from "./reflected-list.ts";
import { type AwaitedKind, type ClusterReader, type ClusterView } from "../../ports/cluster-reader.ts";

export interface ReflectedClusterOptions {
  /** The program's own namespace: configuration elsewhere does not count (reference metallb.md, section 0). */
  readonly namespace: string;
  readonly nodeName: string;
  /** What status objects of this node carry as `metallb.io/node`: of all of them only these are watched. */
  readonly nodeLabel: string;
}

/** No announcement depends on what has been reported about it. */
const reportingOnly: readonly string[] = [
  "serviceL2Statuses",
  "serviceBgpStatuses",
  "configurationStates",
] satisfies (keyof ClusterView)[];

/** Layer 2 does without them. */
const onlyForBgp: readonly string[] = [
  "bgpAdvertisements",
  "bgpPeers",
  "bfdProfiles",
  "communities",
] satisfies (keyof ClusterView)[];

/** The cluster through one reflector per kind. */
export class ReflectedCluster implements ClusterReader {
  readonly #handlers: (() => void)[] = [];
  readonly #lists;
  readonly #secrets: FollowedSecrets;

  constructor({ namespace, nodeName, nodeLabel }: ReflectedClusterOptions, deps: ReflectorDeps) {
    const reflected = <T extends HasMetadata>(options: ListOptions<T>) =>
      new ReflectedList(options, deps, () => this.#notify());
    this.#secrets = new FollowedSecrets({ namespace }, deps, () => this.#notify());
    const labelSelector = `${statusLabels.node}=${nodeLabel}`;
    this.#lists = {
      services: reflected({ type: services, project: projectAnnouncedService }),
      endpointSlices: reflected({ type: endpointSlices, project: projectServingSlice }),
      nodes: reflected({ type: nodes, project: projectNode }),
      namespaces: reflected({ type: namespaces, project: projectNamespace }),
      pools: reflected({ type: ipAddressPools, namespace, project: projectIpAddressPool }),
      l2Advertisements: reflected({ type: l2Advertisements, namespace, project: projectL2Advertisement }),
      bgpAdvertisements: reflected({ type: bgpAdvertisements, namespace, project: projectBgpAdvertisement }),
      bgpPeers: reflected({ type: bgpPeers, namespace, project: projectBgpPeer }),
      bfdProfiles: reflected({ type: bfdProfiles, namespace, project: projectBfdProfile }),
      communities: reflected({ type: communities, namespace, project: projectCommunity }),
      serviceBgpStatuses: reflected({
        type: serviceBgpStatuses,
        namespace,
        labelSelector,
        versionCounts: true,
        project: projectOwnBgpStatus,
      }),
      serviceL2Statuses: reflected({
        type: serviceL2Statuses,
        namespace,
        labelSelector,
        versionCounts: true,
        project: projectOwnL2Status,
      }),
      configurationStates: reflected({
        type: configurationStates,
        namespace,
        fieldSelector: `metadata.name=${configurationStateName(nodeName)}`,
        versionCounts: true,
        project: projectConfigurationState,
      }),
    };
  }

  get awaited(): readonly string[] {
    return Object.entries(this.#lists).flatMap(([name, { kind, synced }]) => {
      return synced || reportingOnly.includes(name) || onlyForBgp.includes(name) ? [] : [kind];
    });
  }

  get awaitedForBgp(): readonly AwaitedKind[] {
    return Object.entries(this.#lists).flatMap(([name, { kind, synced, refusal }]) => {
      return synced || !onlyForBgp.includes(name) ? [] : [{ kind, refusal }];
    });
  }

  view(): ClusterView {
    const lists = this.#lists;
    return {
      services: lists.services.list,
      endpointSlices: lists.endpointSlices.list,
      nodes: lists.nodes.list,
      namespaces: lists.namespaces.list,
      pools: lists.pools.list,
      l2Advertisements: lists.l2Advertisements.list,
      bgpAdvertisements: lists.bgpAdvertisements.list,
      bgpPeers: lists.bgpPeers.list,
      bfdProfiles: lists.bfdProfiles.list,
      communities: lists.communities.list,
      passwordSecrets: this.#secrets.known,
      serviceBgpStatuses: lists.serviceBgpStatuses.synced ? lists.serviceBgpStatuses.list : undefined,
      serviceL2Statuses: lists.serviceL2Statuses.synced ? lists.serviceL2Statuses.list : undefined,
      configurationStates: lists.configurationStates.synced ? lists.configurationStates.list : undefined,
    };
  }

  watchSecrets(names: readonly string[]): void {
    this.#secrets.follow(names);
  }

  onChange(handler: () => void): void {
    this.#handlers.push(handler);
  }

  start(): void {
    for (const list of Object.values(this.#lists)) list.start(() => this.#notify());
  }

  async stop(): Promise<void> {
    await Promise.all([...Object.values(this.#lists).map((list) => list.stop()), this.#secrets.stop()]);
  }

  #notify(): void {
    for (const handler of this.#handlers) handler();
  }
}
