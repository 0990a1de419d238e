import { type JsonObject } from "@steelyard/model/foundation";
import { type ClusterSnapshot } from "../cluster-snapshot.ts";

const namespace = "metallb-system";

/** An object of MetalLB's namespace as a list holds it: without its kind. */
export function object(name: string, rest: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return { metadata: { name, namespace, ...metadata }, ...rest };
}

export function withSpec(name: string, spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return object(name, { spec }, metadata);
}

interface Started {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly image?: string;
  /** Names of further containers. */
  readonly beside?: readonly string[];
  readonly podSpec?: JsonObject;
}

function program(
  component: string,
  { args = [], env = {}, image, beside = [], podSpec = {} }: Started,
): JsonObject {
  const container = {
    name: component,
    image: image ?? `quay.io/metallb/${component}:v0.16.2`,
    args,
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
  };
  const containers = [container, ...beside.map((name) => ({ name, image: "quay.io/frrouting/frr:10.5.3" }))];
  return withSpec(component, {
    template: { metadata: { labels: { app: "metallb" } }, spec: { containers, ...podSpec } },
  });
}

export function controller(started: Started = {}): JsonObject {
  return program("controller", { env: { METALLB_ML_SECRET_NAME: "memberlist" }, ...started });
}

export function speaker(started: Started = {}): JsonObject {
  const ring = {
    METALLB_ML_BIND_ADDR: "192.0.2.11",
    METALLB_ML_LABELS: "app=metallb,component=speaker",
    METALLB_ML_SECRET_KEY_PATH: "/etc/ml_secret_key",
  };
  return program("speaker", { ...started, env: { ...ring, ...started.env } });
}

/** A small cluster of MetalLB's 0.16.2 with its native backend, in which nothing is peculiar. */
export function clusterOf(parts: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  return {
    namespace,
    deployments: [controller()],
    daemonSets: [speaker()],
    configMaps: [],
    secrets: [],
    services: [],
    nodes: [node("a"), node("b")],
    namespaces: [{ metadata: { name: "shop", labels: { team: "a" } } }],
    ipAddressPools: [withSpec("lan", { addresses: ["192.0.2.0/28"] })],
    l2Advertisements: [withSpec("lan", {})],
    bgpAdvertisements: [],
    bgpPeers: [],
    bfdProfiles: [],
    communities: [],
    configurationStates: [],
    definitions: [],
    webhooks: [],
    frrConfigurations: [],
    unread: [],
    ...parts,
  };
}

export function node(name: string, labels: JsonObject = {}): JsonObject {
  return { metadata: { name, labels } };
}

export function service(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return {
    metadata: { name, namespace: "shop", ...metadata },
    spec: { type: "LoadBalancer", clusterIPs: ["10.96.0.1"], ...spec },
    status: { loadBalancer: {} },
  };
}

/** A peer that no backend has anything to say about. */
export function peer(name: string, spec: JsonObject = {}): JsonObject {
  const plain = { myASN: 64512, peerASN: 64512, peerAddress: "192.0.2.1", holdTime: "90s" };
  return withSpec(name, { ...plain, ...spec });
}
