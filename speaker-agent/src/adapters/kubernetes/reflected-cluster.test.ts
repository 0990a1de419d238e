import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type ReflectorDeps, systemClock } from "@steelyard/client";
import { seededRandom } from "@steelyard/model/testing";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { KubeError } from "@steelyard/client";
import { projectPasswordSecret } from "./followed-secrets.ts";
import { ReflectedCluster } from "./reflected-cluster.ts";

const paths = {
  services: "/api/v1/services",
  nodes: "/api/v1/nodes",
  namespaces: "/api/v1/namespaces",
  endpointSlices: "/apis/discovery.k8s.io/v1/endpointslices",
  pools: "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools",
  l2Advertisements: "/apis/metallb.io/v1beta1/namespaces/metallb-system/l2advertisements",
  configurationStates: "/apis/metallb.io/v1beta1/namespaces/metallb-system/configurationstates",
  bgpAdvertisements: "/apis/metallb.io/v1beta1/namespaces/metallb-system/bgpadvertisements",
  bgpPeers: "/apis/metallb.io/v1beta2/namespaces/metallb-system/bgppeers",
  bfdProfiles: "/apis/metallb.io/v1beta1/namespaces/metallb-system/bfdprofiles",
  communities: "/apis/metallb.io/v1beta1/namespaces/metallb-system/communities",
  serviceBgpStatuses: "/apis/metallb.io/v1beta1/namespaces/metallb-system/servicebgpstatuses",
  serviceL2Statuses: "/apis/metallb.io/v1beta1/namespaces/metallb-system/servicel2statuses",
};

interface Sent {
  readonly path: string;
  readonly query?: Record<string, unknown>;
  readonly signal?: AbortSignal;
}

/** An API server that lists one object of each kind, withholds some lists, and sends watch events on demand. */
class OneObjectServer {
  readonly selectors = new Map<string, unknown>();
  readonly refused = new Set<string>();
  readonly #withheld = new Map<string, () => void>();
  readonly #streams = new Map<string, PassThrough>();

  constructor(withheld: readonly string[]) {
    for (const path of withheld) this.#withheld.set(path, () => undefined);
  }

  get transport(): ReflectorDeps["transport"] {
    const server = {
      request: async ({ path, query, signal }: Sent) => {
        this.selectors.set(path, query?.["labelSelector"] ?? query?.["fieldSelector"]);
        if (this.refused.has(path))
          throw new KubeError({ code: "not-found", status: 404, message: `no ${path}` });
        if (this.#withheld.has(path)) await this.#released(path, signal);
        const items = [{ metadata: { name: `one of ${path}`, resourceVersion: "1" } }];
        return { status: 200, headers: {}, body: { metadata: { resourceVersion: "1" }, items } };
      },
      stream: ({ path, signal }: Sent) => {
        const lines = new PassThrough({ objectMode: true });
        this.#streams.set(path, lines);
        signal?.addEventListener("abort", () => lines.end());
        return Promise.resolve({ status: 200, headers: {}, chunks: lines, close: () => lines.end() });
      },
    };
    return server as unknown as ReflectorDeps["transport"];
  }

  #released(path: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#withheld.set(path, resolve);
      signal?.addEventListener("abort", () => reject(new Error("aborted")));
    });
  }

  release(path: string): void {
    this.#withheld.get(path)?.();
  }

  /** Returns false while the watch is not open. */
  send(path: string, type: string, metadata: object): boolean {
    return this.#streams.get(path)?.write([JSON.stringify({ type, object: { metadata } })]) ?? false;
  }
}

describe("ReflectedCluster", () => {
  let server: OneObjectServer;
  let cluster: ReflectedCluster;
  let changes: EventTarget;

  beforeEach(() => {
    server = new OneObjectServer([paths.nodes, paths.serviceL2Statuses]);
    begin();
  });
  afterEach(() => cluster.stop());

  function begin(): void {
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const deps = { transport: server.transport, clock: systemClock, random: seededRandom(1), log };
    cluster = new ReflectedCluster(
      { namespace: "metallb-system", nodeName: "node-a", nodeLabel: "node-a" },
      deps,
    );
    changes = new EventTarget();
    cluster.onChange(() => changes.dispatchEvent(new Event("change")));
    expect(cluster.awaited).toHaveLength(6);
    cluster.start();
  }

  /** Every change is told, so waiting for the next one until the condition holds needs no clock. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(changes, "change");
  }

  test("says which kinds it waits for; the status objects are not among them", async () => {
    await until(() => cluster.awaited.length === 1);
    expect(cluster.awaited).toEqual(["Node"]);
    server.release(paths.nodes);
    await until(() => cluster.awaited.length === 0);
    expect(cluster.view().serviceL2Statuses).toBeUndefined();
    server.release(paths.serviceL2Statuses);
    await until(() => cluster.view().serviceL2Statuses !== undefined);
    expect(cluster.view().serviceL2Statuses).toHaveLength(1);
  });

  test("layer 2 does not wait for the kinds of BGP, and the reason why they do not come is told", async () => {
    await cluster.stop();
    server.refused.add(paths.bgpPeers);
    begin();
    server.release(paths.nodes);
    await until(() => cluster.awaited.length === 0 && cluster.awaitedForBgp.length === 1);
    while (cluster.awaitedForBgp[0]?.refusal === undefined) await new Promise(setImmediate);
    expect(cluster.awaitedForBgp).toEqual([{ kind: "BGPPeer", refusal: `no ${paths.bgpPeers}` }]);
  });

  test("follows the Secrets it is told to, one by one, and forgets the others", async () => {
    const path = "/api/v1/namespaces/metallb-system/secrets";
    cluster.watchSecrets(["tor"]);
    expect(cluster.view().passwordSecrets).toEqual(new Map());
    await until(() => cluster.view().passwordSecrets.size === 1);
    expect(server.selectors.get(path)).toBe("metadata.name=tor");
    expect(cluster.view().passwordSecrets).toEqual(new Map([["tor", undefined]]));
    const before = cluster.view().passwordSecrets;
    cluster.watchSecrets(["tor"]);
    expect(cluster.view().passwordSecrets).toBe(before);
    await sent(path, "ADDED", { name: "tor", resourceVersion: "2" });
    await until(() => cluster.view().passwordSecrets.get("tor") !== undefined);
    cluster.watchSecrets([]);
    expect(cluster.view().passwordSecrets).toEqual(new Map());
  });

  test("says of a Secret that it is not to be read", async () => {
    const path = "/api/v1/namespaces/metallb-system/secrets";
    server.refused.add(path);
    cluster.watchSecrets(["tor"]);
    const refused = { type: "", password: undefined, refusal: `no ${path}` };
    while (cluster.view().passwordSecrets.size === 0) await new Promise(setImmediate);
    expect(cluster.view().passwordSecrets).toEqual(new Map([["tor", refused]]));
    expect(cluster.view().passwordSecrets).toBe(cluster.view().passwordSecrets);
  });

  test("lists configuration in its own namespace only, and its own status objects only", async () => {
    await until(() => cluster.awaited.length === 1);
    expect(server.selectors).toEqual(
      new Map([
        ...Object.values(paths).map((path) => [path, undefined] as const),
        [paths.serviceL2Statuses, "metallb.io/node=node-a"],
        [paths.serviceBgpStatuses, "metallb.io/node=node-a"],
        [paths.configurationStates, "metadata.name=speaker-node-a"],
      ]),
    );
  });

  test("keeps a list the same array until something in it changes that is read", async () => {
    server.release(paths.nodes);
    server.release(paths.serviceL2Statuses);
    await until(() => cluster.view().serviceL2Statuses !== undefined && cluster.awaited.length === 0);
    const before = cluster.view();
    expect(cluster.view().services).toBe(before.services);
    const heartbeat = {
      name: `one of ${paths.nodes}`,
      resourceVersion: "2",
      managedFields: [{ time: "later" }],
    };
    await sent(paths.nodes, "MODIFIED", heartbeat);
    await sent(paths.serviceL2Statuses, "MODIFIED", {
      name: `one of ${paths.serviceL2Statuses}`,
      resourceVersion: "2",
    });
    await sent(paths.services, "ADDED", { name: "new", resourceVersion: "2" });
    await until(
      () =>
        cluster.view().services.length === 2 && cluster.view().serviceL2Statuses !== before.serviceL2Statuses,
    );
    expect(cluster.view().services).not.toBe(before.services);
    expect(cluster.view().nodes).toBe(before.nodes);
    expect(cluster.view().serviceL2Statuses?.[0]?.metadata.resourceVersion).toBe("2");
    await sent(paths.nodes, "MODIFIED", { ...heartbeat, resourceVersion: "3", labels: { zone: "a" } });
    await until(() => cluster.view().nodes !== before.nodes);
    expect(cluster.view().nodes[0]?.metadata.labels).toEqual({ zone: "a" });
  });

  /** The watch opens some turns after the list has come in. */
  async function sent(path: string, type: string, metadata: object): Promise<void> {
    while (!server.send(path, type, metadata)) await new Promise((resolve) => setImmediate(resolve));
  }
});

test.each([
  [{ type: "kubernetes.io/basic-auth", data: { password: "czNjcjN0", username: "eA==" } }, "s3cr3t"],
  [{ type: "kubernetes.io/basic-auth", data: { username: "eA==" } }, undefined],
  [{ type: "kubernetes.io/basic-auth" }, undefined],
])("of a Secret only type and password are kept: %j", (raw, password) => {
  const metadata = {
    name: "tor",
    namespace: "metallb-system",
    resourceVersion: "7",
    annotations: { a: "b" },
  };
  expect(projectPasswordSecret({ metadata, ...raw })).toEqual({
    metadata: { name: "tor", namespace: "metallb-system", resourceVersion: "7" },
    type: "kubernetes.io/basic-auth",
    password,
  });
});
