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
  type ObjectStore,
  pods,
  Reflector,
  type ReflectorDeps,
  type ReflectorMetrics,
  type ReflectorOptions,
  serviceBgpStatuses,
  serviceL2Statuses,
  services,
} from "@steelyard/client";
import {
  BGP_ANNOTATION,
  projectBfdProfile,
  projectBgpAdvertisement,
  projectBgpPeer,
  projectCommunity,
  projectConfigurationState,
  projectIpAddressPool,
  projectL2Advertisement,
  projectNamespace,
  projectService,
  projectServiceL2Status,
  projectNode,
  type ConfigurationStateResource,
  type NodeResource,
  SEGMENT_ANNOTATION,
  type ServiceL2StatusResource,
} from "@steelyard/model/resources";
import {
  type BgpAnnouncement,
  type BgpAnnouncer,
  type EndpointSummary,
  type PodReadiness,
  projectBgpAnnouncement,
  projectEndpointSummary,
  projectPodReadiness,
} from "../../core/surroundings/index.ts";
import { type ClusterReader, type ObjectView } from "../../ports/cluster-reader.ts";

/** There are two operators, not a thousand: they may ask a recovering API server often, and know at once that it has. */
const backoff = { firstMs: 400, longestMs: 2_000 };

/** The cluster through one reflector per kind, all of them started at once. */
export class ReflectedCluster implements ClusterReader {
  readonly services;
  readonly namespaces;
  readonly pools;
  readonly l2Advertisements;
  readonly l2Statuses;
  readonly bgpAnnouncements;
  readonly bgpAdvertisements;
  readonly bgpPeers;
  readonly bfdProfiles;
  readonly communities;
  readonly configurationStates;
  readonly nodes;
  readonly endpoints;
  readonly ownPods;
  readonly #bgp: readonly Reflector<unknown>[];
  readonly #deciding: readonly Reflector<unknown>[];
  readonly #reports: Reflector<ServiceL2StatusResource>;
  readonly #reportsOf: (service: string) => readonly ServiceL2StatusResource[];
  readonly #bgpReports: Reflector<BgpAnnouncement>;
  readonly #bgpReportsOf: (service: string) => readonly BgpAnnouncement[];
  readonly #nodes: Reflector<NodeResource>;
  #followsNodes = false;
  readonly #pods: Reflector<PodReadiness>;
  readonly #namespace: string;
  #followsPods = false;
  #isClosed = false;
  readonly #endpoints: Reflector<EndpointSummary>;
  readonly #endpointsOf: (service: string) => readonly EndpointSummary[];

  /** `namespace`: the program's own; configuration elsewhere does not count (reference metallb.md, section 0). */
  constructor({ namespace }: { readonly namespace: string }, deps: ReflectorDeps) {
    const reflect = <T>(options: ReflectorOptions<T>): Reflector<T> =>
      new Reflector({ ...options, timing: { backoff } }, deps);
    const reflected = {
      services: reflect({ type: services, project: projectService }),
      namespaces: reflect({ type: namespaces, project: projectNamespace }),
      pools: reflect({ type: ipAddressPools, namespace, project: projectIpAddressPool }),
      l2Advertisements: reflect({ type: l2Advertisements, namespace, project: projectL2Advertisement }),
    };
    const bgp = {
      bgpAdvertisements: reflect({ type: bgpAdvertisements, namespace, project: projectBgpAdvertisement }),
      bgpPeers: reflect({ type: bgpPeers, namespace, project: projectBgpPeer }),
      bfdProfiles: reflect({ type: bfdProfiles, namespace, project: projectBfdProfile }),
      communities: reflect({ type: communities, namespace, project: projectCommunity }),
      configurationStates: reflect({
        type: configurationStates,
        namespace,
        project: projectOwnOrReport,
      }),
    };
    this.#bgp = Object.values(bgp);
    this.#deciding = Object.values(reflected);
    this.#reports = reflect({ type: serviceL2Statuses, namespace, project: projectServiceL2Status });
    this.#reportsOf = this.#reports.store.index("service", serviceOf);
    this.#bgpReports = reflect({ type: serviceBgpStatuses, namespace, project: projectBgpAnnouncement });
    this.#bgpReportsOf = this.#bgpReports.store.index("service", ({ service }) =>
      service === undefined ? [] : [service],
    );
    // Where a role does not permit them, they are asked for in vain as long as the program runs: seldom, then.
    this.#nodes = new Reflector({ type: nodes, project: projectLeanNode }, deps);
    this.#namespace = namespace;
    this.#pods = new Reflector({ type: pods, namespace, project: projectPodReadiness }, deps);
    this.#endpoints = new Reflector({ type: endpointSlices, project: projectEndpointSummary }, deps);
    this.#endpointsOf = this.#endpoints.store.index("service", ({ service }) =>
      service === undefined ? [] : [service],
    );
    this.services = viewOf(reflected.services.store);
    this.namespaces = viewOf(reflected.namespaces.store);
    this.pools = viewOf(reflected.pools.store);
    this.l2Advertisements = viewOf(reflected.l2Advertisements.store);
    this.l2Statuses = viewOf(this.#reports.store);
    this.bgpAnnouncements = viewOf(this.#bgpReports.store);
    this.bgpAdvertisements = viewOf(bgp.bgpAdvertisements.store);
    this.bgpPeers = viewOf(bgp.bgpPeers.store);
    this.bfdProfiles = viewOf(bgp.bfdProfiles.store);
    this.communities = viewOf(bgp.communities.store);
    this.configurationStates = viewOf(bgp.configurationStates.store);
    this.nodes = viewOf(this.#nodes.store);
    this.endpoints = viewOf(this.#endpoints.store);
    this.ownPods = viewOf(this.#pods.store);
    const onDemand: readonly Reflector<unknown>[] = [this.#nodes, this.#pods];
    for (const reflector of this.#all) if (!onDemand.includes(reflector)) reflector.start();
  }

  l2StatusesOf(service: string): readonly ServiceL2StatusResource[] | undefined {
    return this.#reports.synced ? this.#reportsOf(service) : undefined;
  }

  bgpAnnouncersOf(service: string): readonly BgpAnnouncer[] | undefined {
    return this.#bgpReports.synced ? this.#bgpReportsOf(service).map(({ by }) => by) : undefined;
  }

  endpointsOf(service: string): readonly EndpointSummary[] | undefined {
    return this.#endpoints.synced ? this.#endpointsOf(service) : undefined;
  }

  knownNodes(): readonly NodeResource[] | undefined {
    this.#followNodes();
    return this.#nodes.synced ? this.#nodes.store.list() : undefined;
  }

  whyPodNotReady(name: string): string | undefined {
    if (!this.#followsPods && !this.#isClosed) {
      this.#followsPods = true;
      this.#pods.start();
    }
    return this.#pods.store.get(`${this.#namespace}/${name}`)?.whyNotReady;
  }

  /** What each kind's reflector has asked for and heard. */
  get metrics(): Readonly<Record<string, ReflectorMetrics>> {
    return Object.fromEntries(this.#all.map(({ kind, metrics }) => [kind, metrics]));
  }

  async whenSynced(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#deciding.map((reflector) => reflector.whenSynced(signal)));
  }

  async catchUp(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#deciding.map((reflector) => reflector.refresh(signal)));
  }

  async catchUpOnBgp(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#bgp.map((reflector) => reflector.refresh(signal)));
  }

  whenReportsSynced(signal: AbortSignal): Promise<void> {
    return this.#reports.whenSynced(signal);
  }

  whenBgpReportsSynced(signal: AbortSignal): Promise<void> {
    return this.#bgpReports.whenSynced(signal);
  }

  whenEndpointsSynced(signal: AbortSignal): Promise<void> {
    return this.#endpoints.whenSynced(signal);
  }

  /** They tell what a report is worth, and why nobody announces: where nothing is announced, nobody ever asks. */
  #followNodes(): void {
    if (this.#followsNodes || this.#isClosed) return;
    this.#followsNodes = true;
    this.#nodes.start();
  }

  get #all(): readonly Reflector<unknown>[] {
    const onlyOne = [this.#reports, this.#bgpReports, this.#nodes, this.#pods, this.#endpoints];
    return [...this.#deciding, ...this.#bgp, ...onlyOne];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#all.map((reflector) => reflector.stop()));
  }
}

/** Every agent has a ConfigurationState too: of those only the annotations are kept by which it reports. */
function projectOwnOrReport(raw: unknown): ConfigurationStateResource {
  const state = projectConfigurationState(raw);
  const { name, namespace, annotations } = state.metadata;
  if (name === "controller") return state;
  const reports = [SEGMENT_ANNOTATION, BGP_ANNOTATION].flatMap((key) => {
    const text = annotations?.[key];
    return text === undefined ? [] : [[key, text]];
  });
  const { apiVersion, kind } = state;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(reports.length > 0 && { annotations: Object.fromEntries(reports) as Record<string, string> }),
    },
  };
}

/** A node's addresses are the agents' business. */
function projectLeanNode(raw: unknown): NodeResource {
  const { status, ...node } = projectNode(raw);
  return { ...node, ...(status?.conditions && { status: { conditions: status.conditions } }) };
}

function viewOf<T>(store: ObjectStore<T>): ObjectView<T> {
  return {
    get: (key) => store.get(key),
    list: () => store.list(),
    get size() {
      return store.size;
    },
    subscribe: (handler) =>
      store.subscribe(({ type, key, object, previous }) =>
        handler({ key, object: type === "deleted" ? undefined : object, previous }),
      ),
  };
}

function serviceOf({ status }: ServiceL2StatusResource): readonly string[] {
  const { serviceNamespace, serviceName } = status ?? {};
  return serviceNamespace === undefined || serviceName === undefined
    ? []
    : [`${serviceNamespace}/${serviceName}`];
}
