import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { findOwnPod, KubeClient, KubeError, LeaseElector, systemClock } from "@steelyard/client";
import {
  type ConfigurationStateResource,
  type ManagedFieldsEntry,
  projectIpAddressPool,
  projectService,
} from "@steelyard/model/resources";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { clusterReaderContract } from "../../ports/cluster-reader.contract.ts";
import { clusterWriterContract } from "../../ports/cluster-writer.contract.ts";
import { WriteFailure } from "../../ports/cluster-writer.ts";
import { eventSinkContract } from "../../ports/event-sink.contract.ts";
import { fieldHistoryContract } from "../../ports/field-history.contract.ts";
import { leadershipContract } from "../../ports/leadership.contract.ts";
import { MemoryMetrics } from "../memory/memory-metrics.ts";
import { RememberingLog } from "../../shell/testing/remembering-log.ts";
import { KubernetesClusterWriter } from "./kubernetes-cluster-writer.ts";
import { KubernetesEventSink } from "./kubernetes-event-sink.ts";
import { podReaderContract } from "../../ports/pod-reader.contract.ts";
import { KubernetesPodReader } from "./kubernetes-pod-reader.ts";
import { KubernetesFieldHistory } from "./kubernetes-field-history.ts";
import { LeaseLeadership } from "./lease-leadership.ts";
import { ReflectedCluster } from "./reflected-cluster.ts";
import { MemoryApi } from "./testing/memory-api.ts";

const random = seededRandom(3);
const inSystem = "/apis/metallb.io/v1beta1/namespaces/metallb-system";
const inSystemV1Beta2 = "/apis/metallb.io/v1beta2/namespaces/metallb-system";
const services = "/api/v1/services";
const pathOf = (key: string): string => {
  const [namespace = "", name = ""] = key.split("/");
  return `/api/v1/namespaces/${namespace}/services/${name}`;
};

clusterWriterContract("KubernetesClusterWriter", () => {
  const api = new MemoryApi();
  const client = new KubeClient(api.transport);
  const stored = (path: string) => api.get(path);
  return {
    writer: new KubernetesClusterWriter({ client }),
    putService: (service) => projectService(api.put(pathOf("shop/web"), service)),
    putPool: (pool) => projectIpAddressPool(api.put(`${inSystem}/ipaddresspools/edge`, pool)),
    // The raw objects: what the projection leaves out has to survive too.
    getService: (key) => stored(pathOf(key)) as ReturnType<typeof projectService> | undefined,
    getState: (name) =>
      stored(`${inSystem}/configurationstates/${name}`) as ConfigurationStateResource | undefined,
    getPool: (key) =>
      stored(`${inSystem}/ipaddresspools/${key.split("/")[1]}`) as ReturnType<typeof projectIpAddressPool>,
  };
});

clusterReaderContract("ReflectedCluster", () => {
  const api = new MemoryApi();
  const deps = { transport: api.transport, clock: systemClock, random, log: new RememberingLog() };
  return {
    open: () => new ReflectedCluster({ namespace: "metallb-system" }, deps),
    putService: (service) => void api.put(pathOf(`shop/${service.metadata.name}`), service),
    removeService: (key) => api.remove(pathOf(key)),
    putPeer: (peer) => void api.put(`${inSystemV1Beta2}/bgppeers/${peer.metadata.name}`, peer),
    putL2Status: (status) => void api.put(`${inSystem}/servicel2statuses/${status.metadata.name}`, status),
    putBgpStatus: (status) => void api.put(`${inSystem}/servicebgpstatuses/${status.metadata.name}`, status),
    putNode: (name) => void api.put(`/api/v1/nodes/${name}`, { metadata: { name } }),
    putPod: (name, { ready }) => {
      const metadata = { namespace: "metallb-system", name };
      const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
      api.put(`/api/v1/namespaces/metallb-system/pods/${name}`, {
        metadata,
        status: { phase: "Pending", conditions },
      });
    },
    putEndpoints: (service, nodes) => {
      const [namespace = "", name = ""] = service.split("/");
      const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/${name}-x`;
      const labels = { "kubernetes.io/service-name": name };
      const endpoints = nodes.map((nodeName) => ({ nodeName, conditions: { ready: true } }));
      api.put(path, { metadata: { namespace, name: `${name}-x`, labels }, endpoints });
    },
    putState: (state) =>
      void api.put(`${inSystem}/configurationstates/${state.metadata.name}`, { status: {}, ...state }),
    watching: async () => {
      while (!api.isWatched(services) || !api.isWatched(`${inSystem}/servicel2statuses`)) await turn();
    },
    turn: () => turn(),
  };
});

podReaderContract("KubernetesPodReader", () => {
  const api = new MemoryApi();
  return {
    reader: new KubernetesPodReader({ client: new KubeClient(api.transport) }),
    putPod: (namespace, name, labels) => {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      api.put(path, { metadata: { namespace, name, labels }, status: { phase: "Pending" } });
    },
  };
});

fieldHistoryContract("KubernetesFieldHistory", () => {
  const api = new MemoryApi();
  const putService = (key: string, managedFields: readonly ManagedFieldsEntry[] | undefined): void => {
    const [namespace = "", name = ""] = key.split("/");
    api.put(pathOf(key), { metadata: { namespace, name, ...(managedFields && { managedFields }) } });
  };
  return { history: new KubernetesFieldHistory({ client: new KubeClient(api.transport) }), putService };
});

interface EventOnWire {
  readonly involvedObject: { readonly namespace: string; readonly name: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

function eventRig() {
  const api = new MemoryApi();
  const clock = new ManualClock();
  const client = new KubeClient(api.transport);
  const log = new RememberingLog();
  const metrics = new MemoryMetrics();
  /** Statuses that are being written beside the events. */
  const writes = { underWay: 0 };
  const writesUnderWay = () => writes.underWay;
  const deps = { client, clock, random, log, metrics, writesUnderWay };
  const sink = new KubernetesEventSink({ instance: "pod-1" }, deps);
  const stored = () =>
    (api.list("/api/v1/events") as unknown as readonly EventOnWire[]).map(
      ({ involvedObject: { namespace, name }, type, reason, count, message }) =>
        `${namespace}/${name} ${type} ${reason} x${count}: ${message}`,
    );
  return { api, clock, sink, stored, log, metrics, writes };
}

eventSinkContract("KubernetesEventSink", eventRig);

leadershipContract("LeaseLeadership", () => {
  const api = new MemoryApi();
  const clock = new ManualClock();
  const lease = "/apis/coordination.k8s.io/v1/namespaces/metallb-system/leases/steelyard-operator";
  const spec = { leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z" };
  const metadata = { namespace: "metallb-system", name: "steelyard-operator" };
  const hold = (holderIdentity: string) => api.put(lease, { metadata, spec: { ...spec, holderIdentity } });
  hold("rival");
  const elector = new LeaseElector(
    { namespace: "metallb-system", name: "steelyard-operator", identity: "me" },
    { client: new KubeClient(api.transport), clock, random, log: new RememberingLog() },
  );
  const passes = async (): Promise<void> => {
    for (let second = 0; second < 4; second++) {
      await turn();
      clock.advance(1000);
    }
    await turn();
  };
  return {
    leadership: new LeaseLeadership({ elector, clock }),
    give: async () => {
      hold("");
      await passes();
    },
    take: async () => {
      hold("rival");
      await passes();
    },
    turn: () => turn(),
  };
});

test("a Lease that cannot be had is the reason why nobody knows who leads", async () => {
  const api = new MemoryApi();
  const clock = new ManualClock();
  const elector = new LeaseElector(
    { namespace: "metallb-system", name: "steelyard-operator", identity: "me" },
    { client: new KubeClient(api.transport), clock, random, log: new RememberingLog() },
  );
  const leadership = new LeaseLeadership({ elector, clock });
  expect(leadership.whyUndecided()).toBe("the API server has not answered");
  const message = 'namespaces "metallb-system" not found';
  api.failWith(({ method }) =>
    method === "POST" ? new KubeError({ code: "not-found", message, status: 404 }) : undefined,
  );
  const stopping = new AbortController();
  const untilItEnds = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  const running = leadership.run(untilItEnds, stopping.signal);
  await turn();
  expect(leadership.whyUndecided()).toBe(`the Lease cannot be had: ${message}`);
  api.failWith(() => undefined);
  for (let second = 0; second < 4; second++) {
    clock.advance(1000);
    await turn();
  }
  expect(leadership.whyUndecided()).toBeUndefined();
  stopping.abort();
  await turn();
  clock.advance(1000);
  await running;
});

test("ReflectedCluster tells for each kind what its reflector has asked for", async () => {
  const api = new MemoryApi();
  const deps = { transport: api.transport, clock: systemClock, random, log: new RememberingLog() };
  const cluster = new ReflectedCluster({ namespace: "metallb-system" }, deps);
  const { signal } = new AbortController();
  await cluster.whenSynced(signal);
  await cluster.catchUp(signal);
  expect(Object.keys(cluster.metrics)).toEqual(
    expect.arrayContaining(["Service", "BGPPeer", "ServiceL2Status"]),
  );
  expect(cluster.metrics["Service"]).toMatchObject({ lists: 2, failures: 0 });
  await cluster.close();
});

describe("KubernetesClusterWriter", () => {
  const patch = { metadata: {}, status: {} };
  const { signal } = new AbortController();
  const refusing = (failure: ConstructorParameters<typeof KubeError>[0]) => {
    const fails = () => Promise.reject(new KubeError(failure));
    const client = { mergePatch: fails, apply: fails, create: fails };
    return new KubernetesClusterWriter({ client }).patchServiceStatus("shop/web", patch, signal);
  };

  test.each<[ConstructorParameters<typeof KubeError>[0], number]>([
    [{ code: "connection", message: "reset" }, 0],
    [{ code: "internal", message: "etcd has no leader", status: 500 }, 0],
    [{ code: "too-many-requests", message: "slow down", status: 429, retryAfterMs: 3000 }, 3000],
    // While a server starts it does not know its roles yet.
    [{ code: "forbidden", message: "no such role", status: 403 }, 0],
  ])(
    "throws what may pass by itself, with how long the server asks to wait: %j",
    async (failure, retryAfterMs) => {
      const thrown: unknown = await refusing(failure).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(WriteFailure);
      expect(thrown).toMatchObject({ message: failure.message, retryAfterMs });
    },
  );

  const condition = {
    type: "a",
    status: "True",
    reason: "B",
    message: "",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  } as const;

  test.each<[ConstructorParameters<typeof KubeError>[0], "later" | "restart"]>([
    [{ code: "forbidden", message: "bgppeers/status is forbidden", status: 403 }, "later"],
    [
      { code: "internal", message: ".status.conditions: field not declared in schema", status: 500 },
      "restart",
    ],
  ])("takes it for no failure when a report is not permitted: %j", async (failure, until) => {
    const fails = () => Promise.reject(new KubeError(failure));
    const writer = new KubernetesClusterWriter({
      client: { mergePatch: fails, apply: fails, create: fails },
    });
    const peer = { kind: "BGPPeer", key: "metallb-system/tor" } as const;
    expect(await writer.applyObjectCondition(peer, condition, signal)).toEqual({
      at: "denied",
      until,
      problem: expect.stringContaining(`BGPPeer metallb-system/tor was not written: ${failure.message}`),
    });
  });

  test("notices a definition that drops the condition without a word", async () => {
    const gives = () => Promise.resolve({ metadata: { resourceVersion: "7" }, status: {} } as never);
    const writer = new KubernetesClusterWriter({
      client: { mergePatch: gives, apply: gives, create: gives },
    });
    const ad = { kind: "L2Advertisement", key: "metallb-system/lan" } as const;
    expect(await writer.applyObjectCondition(ad, condition, signal)).toEqual({
      at: "denied",
      until: "restart",
      problem: expect.stringContaining("L2Advertisement metallb-system/lan does not keep the field"),
    });
  });

  describe("gives the ConfigurationState the operator's Pod as owner", () => {
    const owner = { apiVersion: "v1", kind: "Pod", name: "controller-x", uid: "p1" };
    const create = async (podName: string | undefined, getPod: () => unknown) => {
      const api = new MemoryApi();
      const client = new KubeClient(api.transport);
      const pods = { get: async () => getPod() } as unknown as KubeClient;
      const self = { namespace: "metallb-system", podName };
      const writer = new KubernetesClusterWriter({
        client,
        ownPod: (options) => findOwnPod(pods, self, options),
      });
      await writer.createConfigurationState("metallb-system/controller", {}, signal);
      const made = api.get(`${inSystem}/configurationstates/controller`) as ConfigurationStateResource;
      return made.metadata.ownerReferences;
    };
    const failing = (failure: ConstructorParameters<typeof KubeError>[0]) => () => {
      throw new KubeError(failure);
    };
    const unreachable = failing({ code: "connection", message: "ECONNREFUSED" });

    test("when it is known, can be read and exists", async () => {
      expect(await create("controller-x", () => ({ metadata: { uid: "p1" } }))).toEqual([owner]);
      expect(
        await create("controller-x", failing({ code: "not-found", message: "no Pod", status: 404 })),
      ).toBeUndefined();
      expect(
        await create("controller-x", failing({ code: "forbidden", message: "no", status: 403 })),
      ).toBeUndefined();
      expect(await create("", unreachable)).toBeUndefined();
      expect(await create(undefined, unreachable)).toBeUndefined();
    });

    test("and tries again when nobody can tell", async () => {
      await expect(create("controller-x", unreachable)).rejects.toBeInstanceOf(WriteFailure);
    });
  });

  test("does not repeat what the server calls invalid", async () => {
    const failure = { code: "invalid", message: "status.conditions: too long", status: 422 } as const;
    expect(await refusing(failure)).toEqual({
      at: "refused",
      problem: "Service shop/web was not written: status.conditions: too long",
    });
  });
});

describe("KubernetesEventSink", () => {
  const web = { apiVersion: "v1", kind: "Service", namespace: "shop", name: "web", uid: "u1" };

  test("stores an object of the core group that names reporter, object and time", async () => {
    const { api, sink } = eventRig();
    sink.record(web, { type: "Normal", reason: "IPAllocated", message: 'Assigned IP ["192.0.2.1"]' });
    await sink.flush();
    const [event] = api.list("/api/v1/events");
    expect(event).toEqual({
      apiVersion: "v1",
      kind: "Event",
      metadata: {
        namespace: "shop",
        name: expect.stringMatching(/^web\.[0-9a-f]{16}$/),
        resourceVersion: "1",
      },
      involvedObject: web,
      type: "Normal",
      reason: "IPAllocated",
      message: 'Assigned IP ["192.0.2.1"]',
      source: { component: "metallb-controller" },
      reportingComponent: "metallb-controller",
      reportingInstance: "pod-1",
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:00Z",
      count: 1,
    });
  });

  test("creates a new one when the stored one has expired on the server, and counts on from there", async () => {
    const { api, sink, stored } = eventRig();
    const event = { type: "Warning", reason: "AllocationFailed", message: "none" } as const;
    sink.record(web, event);
    await sink.flush();
    const name = api.list("/api/v1/events")[0]?.metadata.name ?? "";
    api.remove(`/api/v1/namespaces/shop/events/${name}`);
    sink.record(web, event);
    sink.record(web, event);
    await sink.flush();
    expect(stored()).toEqual(["shop/web Warning AllocationFailed x2: none"]);
  });

  test("shortens what the events API would refuse", async () => {
    const { api, sink } = eventRig();
    sink.record(web, { type: "Warning", reason: "AllocationFailed", message: "x".repeat(5000) });
    await sink.flush();
    expect((api.list("/api/v1/events")[0] as unknown as EventOnWire).message).toHaveLength(1024);
  });

  /** Lets all that is due happen, and then time pass. */
  async function pass(clock: ManualClock, millis: number): Promise<void> {
    for (let turns = 0; turns < 10; turns++) await turn();
    clock.advance(millis);
    for (let turns = 0; turns < 10; turns++) await turn();
  }

  const failing = (name: string) => ({ ...web, name, uid: name });
  const none = { type: "Warning", reason: "AllocationFailed", message: "none" } as const;
  const given = { type: "Normal", reason: "IPAllocated", message: "given" } as const;

  test("stores a burst of 200 and then 20 a second, warnings first, and counts what finds no room", async () => {
    const { api, sink, clock, metrics } = eventRig();
    for (let index = 0; index < 1_500; index++) sink.record(failing(`n${index}`), given);
    sink.record(failing("w"), none);
    await pass(clock, 0);
    const stored = () => api.list("/api/v1/events") as unknown as readonly EventOnWire[];
    expect(stored()).toHaveLength(200);
    // The first one was on its way when the warning came.
    expect(stored()[1]?.involvedObject.name).toBe("w");
    await pass(clock, 1_000);
    for (let round = 0; round < 19; round++) await pass(clock, 50);
    expect(stored().length).toBeGreaterThanOrEqual(200 + 20);
    expect(stored().length).toBeLessThanOrEqual(200 + 40);
    expect(metrics.droppedEvents).toBe(1_500 - 1_001 + 1);
  });

  test("gives way to a burst of status writes: one event a second comes through until it is over", async () => {
    const { sink, clock, stored, writes } = eventRig();
    writes.underWay = 8;
    for (let index = 0; index < 50; index++) sink.record(failing(`n${index}`), given);
    for (let round = 0; round < 9; round++) await pass(clock, 100);
    expect(stored()).toHaveLength(0);
    for (let round = 0; round < 20; round++) await pass(clock, 100);
    expect(stored()).toHaveLength(2);
    writes.underWay = 0;
    await pass(clock, 100);
    await pass(clock, 0);
    expect(stored().length).toBeGreaterThan(10);
  });

  test("keeps an event through a short outage, and gives it up in a long one", async () => {
    const { api, sink, clock, metrics, stored } = eventRig();
    api.failWith(() => new KubeError({ code: "connection", message: "refused" }));
    sink.record(web, none);
    await pass(clock, 1_000);
    sink.record(web, none);
    api.failWith(() => undefined);
    await pass(clock, 2_000);
    expect(stored()).toEqual(["shop/web Warning AllocationFailed x2: none"]);
    api.requests.splice(0);
    api.failWith(() => new KubeError({ code: "connection", message: "refused" }));
    sink.record(failing("lost"), none);
    for (let second = 0; second < 600; second++) await pass(clock, 1_000);
    expect(api.requests).toHaveLength(4);
    expect(metrics.droppedEvents).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test("does not ask again where it is not permitted", async () => {
    const { api, sink, clock, metrics } = eventRig();
    api.failWith(() => new KubeError({ code: "forbidden", message: "no", status: 403 }));
    sink.record(web, none);
    await pass(clock, 600_000);
    expect([api.requests.length, metrics.droppedEvents]).toEqual([1, 1]);
  });

  test("holds up the end of the program for 150 ms at most, and leaves no timer behind", async () => {
    const { api, sink, clock, metrics } = eventRig();
    api.hang();
    for (let index = 0; index < 10; index++) sink.record(failing(`n${index}`), given);
    const flushed = sink.flush();
    await pass(clock, 150);
    await flushed;
    expect([clock.pendingTimers, metrics.droppedEvents]).toEqual([0, 9]);
  });
});
