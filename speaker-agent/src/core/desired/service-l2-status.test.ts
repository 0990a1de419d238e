import { describe, expect, test } from "@jest/globals";
import { type WorkerReport } from "../machines/announcer/types.ts";
import { ip } from "../wire/testing/ip.ts";
import { l2StatusClaims } from "./service-l2-status.ts";
import {
  planServiceStatuses,
  type ServiceStatusDeps,
  serviceStatusName,
  type ServiceStatusObject,
  type ServiceStatusOptions,
  type ServiceStatusWrite,
} from "./service-status.ts";
import { sha256 } from "./testing/sha256.ts";
import { type ServiceVerdict } from "./types.ts";

const nameOf: ServiceStatusDeps["nameOf"] = (...of) => serviceStatusName(...of, sha256);
const owner = { apiVersion: "v1", kind: "Pod", name: "speaker-x", uid: "pod-uid" };
const options = { nodeName: "node-a", namespace: "metallb-system", owner };

function verdict(
  name: string,
  addresses: readonly string[],
  interfaces: readonly string[] = [],
): ServiceVerdict {
  return {
    service: { namespace: "default", name, uid: `uid-${name}` },
    addresses: addresses.map(ip),
    interfaces,
    candidates: [],
    suspended: [],
    decision: { kind: "candidate", because: "" },
  };
}

function report(owned: Readonly<Record<string, readonly string[]>>): WorkerReport {
  return {
    snapshotVersion: 1,
    links: [],
    owned: Object.entries(owned).map(([address, interfaces]) => ({ address: ip(address), interfaces })),
    unannounceable: [],
    counters: [],
  };
}

function plan(
  existing: readonly ServiceStatusObject[],
  verdicts: readonly ServiceVerdict[],
  owned: Readonly<Record<string, readonly string[]>>,
): readonly ServiceStatusWrite[] {
  return planAs(options, existing, verdicts, owned);
}

function planAs(
  as: ServiceStatusOptions,
  existing: readonly ServiceStatusObject[],
  verdicts: readonly ServiceVerdict[],
  worker: Readonly<Record<string, readonly string[]>>,
): readonly ServiceStatusWrite[] {
  const claims = l2StatusClaims(verdicts, report(worker));
  return planServiceStatuses("ServiceL2Status", existing, claims, as, { sha256, nameOf });
}

/** What the API server holds after the writes. */
function applied(
  existing: readonly ServiceStatusObject[],
  writes: readonly ServiceStatusWrite[],
): readonly ServiceStatusObject[] {
  const objects = new Map(existing.map((object) => [object.metadata.name, object]));
  for (const write of writes) {
    if (write.kind === "create") objects.set(write.object.metadata.name, { ...write.object });
    else if (write.kind === "delete") objects.delete(write.name);
    else {
      const before = objects.get(write.name);
      if (before === undefined) throw new Error(`patch of ${write.name}, which is not there`);
      objects.set(write.name, { ...before, status: write.status });
    }
  }
  return [...objects.values()];
}

const web = verdict("web", ["192.0.2.10", "2001:db8::10"]);
const owned = { "192.0.2.10": ["eth1", "eth0"], "2001:db8::10": ["eth0"] };
const [created] = applied([], plan([], [web], owned));
if (created === undefined) throw new Error("nothing was created");

describe("ServiceL2Status objects", () => {
  test("creates one object per announced Service, with MetalLB's labels and shape", () => {
    expect(plan([], [web], owned)).toEqual([
      {
        kind: "create",
        of: "ServiceL2Status",
        object: {
          apiVersion: "metallb.io/v1beta1",
          kind: "ServiceL2Status",
          metadata: {
            name: expect.stringMatching(/^l2-[0-9a-f]{16}$/),
            namespace: "metallb-system",
            labels: {
              "metallb.io/node": "node-a",
              "metallb.io/service-name": "web",
              "metallb.io/service-namespace": "default",
            },
            ownerReferences: [owner],
          },
          spec: {},
          status: { node: "node-a", serviceName: "web", serviceNamespace: "default", interfaces: [] },
        },
      },
    ]);
  });

  test("interfaces are listed, sorted, when the advertisement lists any", () => {
    const [write] = plan([], [verdict("web", ["192.0.2.10"], ["eth0", "eth1", "eth2"])], owned);
    expect(write?.kind === "create" && write.object.status?.interfaces).toEqual([
      { name: "eth0" },
      { name: "eth1" },
    ]);
  });

  test("the second run writes nothing", () => {
    const verdicts = [web, verdict("dns", ["192.0.2.53"], ["eth0"])];
    const worker = { ...owned, "192.0.2.53": ["eth0"] };
    const after = applied([], plan([], verdicts, worker));
    expect(after).toHaveLength(2);
    expect(plan(after, verdicts, worker)).toEqual([]);
  });

  test("names differ by Service, namespace and node", () => {
    const services = [web.service, { ...web.service, name: "b" }, { ...web.service, namespace: "other" }];
    const names = services.flatMap((service) => {
      return ["node-a", "node-b"].map((nodeName) => {
        const [write] = planAs({ ...options, nodeName }, [], [{ ...web, service }], owned);
        return write?.kind === "create" ? write.object.metadata.name : "";
      });
    });
    expect(new Set(names).size).toBe(6);
  });

  test("without an own Pod there is no owner", () => {
    const [write] = planAs({ ...options, owner: undefined }, [], [web], owned);
    expect(write?.kind === "create" && "ownerReferences" in write.object.metadata).toBe(false);
  });

  test.each([
    ["is announced by nobody here", [web], {}],
    ["is gone", [], owned],
    ["has lost its address", [verdict("web", [])], owned],
  ])("deletes the object when the Service %s", (_name, verdicts, worker) => {
    expect(plan([{ ...created, metadata: { ...created.metadata, uid: "u1" } }], verdicts, worker)).toEqual([
      {
        kind: "delete",
        of: "ServiceL2Status",
        namespace: "metallb-system",
        name: created.metadata.name,
        uid: "u1",
        because: "this node does not announce the Service",
      },
    ]);
  });

  test("one of two families is enough to keep it", () => {
    expect(plan([created], [web], { "2001:db8::10": ["eth0"] })).toEqual([]);
  });

  test("patches the status when interfaces change, and when it was never written", () => {
    const listed = verdict("web", ["192.0.2.10"], ["eth0"]);
    const status = { ...created.status, interfaces: [{ name: "eth0" }] };
    const patch = {
      kind: "patch-status",
      of: "ServiceL2Status",
      namespace: "metallb-system",
      name: created.metadata.name,
      resourceVersion: "5",
      status,
    };
    const stored = { ...created, metadata: { ...created.metadata, resourceVersion: "5" } };
    const unwritten = { ...created, metadata: stored.metadata, status: {} };
    expect(plan([stored], [listed], { "192.0.2.10": ["eth0"] })).toEqual([patch]);
    expect(plan([unwritten], [listed], { "192.0.2.10": ["eth0"] })).toEqual([patch]);
  });

  test("makes anew what somebody has edited beyond repair", () => {
    const edited = { ...created, status: { ...created.status, serviceName: "else" } };
    const labels = { ...created.metadata.labels, "metallb.io/service-name": "else" };
    const relabelled = { ...created, metadata: { ...created.metadata, labels } };
    for (const broken of [edited, relabelled]) {
      const first = plan([broken], [web], owned);
      expect(first.map(({ kind }) => kind)).toEqual(["delete"]);
      const second = plan(applied([broken], first), [web], owned);
      expect(second.map(({ kind }) => kind)).toEqual(["create"]);
    }
  });

  test("a node whose name is too long for a label finds its objects again, and its status has the whole name", () => {
    const long = { ...options, nodeName: `${"rack-7.".repeat(10)}example` };
    const planFor = (existing: readonly ServiceStatusObject[], nodeName = long.nodeName) =>
      planAs({ ...long, nodeName }, existing, [web], owned);
    const objects = applied([], planFor([]));
    expect(objects.map(({ metadata }) => metadata.labels?.["metallb.io/node"]?.length)).toEqual([63]);
    expect(objects.map(({ status }) => status?.node)).toEqual([long.nodeName]);
    expect(planFor(objects)).toEqual([]);
    const other = planFor(objects, `${"rack-7.".repeat(10)}exampla`);
    expect(other.map(({ kind }) => kind)).toEqual(["create"]);
  });

  test("waits for an object that is being deleted", () => {
    const leaving = {
      ...created,
      metadata: { ...created.metadata, deletionTimestamp: "2026-11-22T10:00:00Z" },
    };
    expect(plan([leaving], [web], owned)).toEqual([]);
    expect(plan([leaving], [], owned)).toEqual([]);
  });

  test("deletes duplicates that somebody else made in our name, and leaves other nodes' objects alone", () => {
    const twin = { ...created, metadata: { ...created.metadata, name: "l2-abcde" } };
    const foreign = { ...twin, metadata: { ...twin.metadata, labels: { "metallb.io/node": "node-b" } } };
    const elsewhere = { ...twin, metadata: { ...twin.metadata, namespace: "other" } };
    expect(plan([created, twin], [web], owned)).toMatchObject([{ kind: "delete", name: "l2-abcde" }]);
    expect(plan([created, foreign, elsewhere], [web], owned)).toEqual([]);
  });
});
