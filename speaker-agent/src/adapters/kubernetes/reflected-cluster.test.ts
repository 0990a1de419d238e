import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type ReflectorDeps, systemClock } from "@steelyard/client";
import { seededRandom } from "@steelyard/model/testing";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { ReflectedCluster } from "./reflected-cluster.ts";

const paths = {
  services: "/api/v1/services",
  nodes: "/api/v1/nodes",
  namespaces: "/api/v1/namespaces",
  endpointSlices: "/apis/discovery.k8s.io/v1/endpointslices",
  pools: "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools",
  l2Advertisements: "/apis/metallb.io/v1beta1/namespaces/metallb-system/l2advertisements",
  configurationStates: "/apis/metallb.io/v1beta1/namespaces/metallb-system/configurationstates",
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
  readonly #withheld = new Map<string, () => void>();
  readonly #streams = new Map<string, PassThrough>();

  constructor(withheld: readonly string[]) {
    for (const path of withheld) this.#withheld.set(path, () => undefined);
  }

  get transport(): ReflectorDeps["transport"] {
    const server = {
      request: async ({ path, query, signal }: Sent) => {
        this.selectors.set(path, query?.["labelSelector"] ?? query?.["fieldSelector"]);
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
  });
  afterEach(() => cluster.stop());

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

  test("lists configuration in its own namespace only, and its own status objects only", async () => {
    await until(() => cluster.awaited.length === 1);
    expect(server.selectors).toEqual(
      new Map([
        ...Object.values(paths).map((path) => [path, undefined] as const),
        [paths.serviceL2Statuses, "metallb.io/node=node-a"],
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
