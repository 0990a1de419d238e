import { describe, expect, test } from "@jest/globals";
import { type BuiltConfig, type Pool } from "@steelyard/model/config";
import { type Instant } from "@steelyard/model/foundation";
import { type ServiceL2StatusResource, type ServiceResource } from "@steelyard/model/resources";
import { advertisementOf, builtOf, ips, poolOf, texts } from "../../testing/pools.ts";
import { dualStack, l2StatusOf, serviceOf } from "../../testing/services.ts";
import { AddressBook } from "../../allocator/index.ts";
import { type AnnouncingSurroundings, unknownSurroundings } from "./announced/index.ts";
import { addressesToObserve } from "./ingress.ts";
import { planService, type ServicePlan } from "./plan-service.ts";
import { type ServiceStatusPatch } from "./status-patch.ts";
import { holderFacts } from "./subject.ts";

const key = "shop/web";
const lan = advertisementOf("lan");
const edge = poolOf("edge", ["192.0.2.1-192.0.2.2"], { l2Advertisements: [lan] });
const dual = poolOf("dual", ["192.0.2.8/30", "2001:db8::/64"], { l2Advertisements: [lan] });
const poolAnnotation = "metallb.io/ip-allocated-from-pool";

interface Scene {
  readonly pools?: readonly Pool[];
  readonly built?: BuiltConfig;
  readonly others?: Readonly<Record<string, readonly string[]>>;
  readonly l2Statuses?: readonly ServiceL2StatusResource[] | undefined;
  readonly surroundings?: Partial<AnnouncingSurroundings>;
  /** Look once; otherwise again when what has changed has stood for a while. */
  readonly isAtOnce?: boolean;
  readonly lbClasses?: readonly string[];
}

function plan(service: ServiceResource, scene: Scene = {}): ServicePlan {
  const { lbClasses = [], l2Statuses } = scene;
  const built = scene.built ?? builtOf(scene.pools ?? [edge]);
  const held = new AddressBook();
  for (const [other, addresses] of Object.entries(scene.others ?? {})) held.observe(other, ips(...addresses));
  held.observe(key, addressesToObserve(key, service, { built, held, lbClasses }));
  const surroundings = { ...unknownSurroundings, ...scene.surroundings, l2Statuses };
  const snapshot = { key, service, built, held, surroundings, timestamp: "2026-11-22T08:00:05.123456Z" };
  const options = { lbClasses, configNamespace: "metallb-system" };
  const first = planService({ ...snapshot, now: 0 as Instant }, options);
  const pending = first.followUp?.pending;
  if (pending === undefined || scene.isAtOnce === true) return first;
  return planService({ ...snapshot, pendingAnnouncement: pending, now: 60_000 as Instant }, options);
}

/** The Service as the API server stores it after the patch; ipMode is the default it fills in. */
function patched(service: ServiceResource, patch: ServiceStatusPatch | undefined): ServiceResource {
  if (patch === undefined) return service;
  const annotations = Object.entries({ ...service.metadata.annotations, ...patch.metadata.annotations });
  const given = annotations.filter((entry): entry is [string, string] => entry[1] !== null);
  const { ingress = service.status?.loadBalancer?.ingress } = patch.status.loadBalancer ?? {};
  const { conditions = service.status?.conditions } = patch.status;
  return {
    ...service,
    metadata: { ...service.metadata, resourceVersion: "8", annotations: Object.fromEntries(given) },
    status: {
      loadBalancer: ingress ? { ingress: ingress.map((entry) => ({ ipMode: "VIP", ...entry })) } : {},
      ...(conditions && { conditions }),
    },
  };
}

function conditionOf(plan: ServicePlan, type: "Allocated" | "Announced") {
  const found = plan.patch?.status.conditions?.find((one) => one.type === `steelyard.io/${type}`);
  return found && { status: found.status, reason: found.reason, message: found.message };
}

describe("a Service without an address", () => {
  test("gets one, the annotation, both conditions and the event in one patch", () => {
    expect(plan(serviceOf(key), { l2Statuses: [] })).toEqual({
      reserve: ips("192.0.2.1"),
      isWaiting: false,
      isSatisfied: true,
      patch: {
        metadata: { uid: "uid-web", resourceVersion: "7", annotations: { [poolAnnotation]: "edge" } },
        status: {
          loadBalancer: { ingress: [{ ip: "192.0.2.1" }] },
          conditions: [
            {
              type: "steelyard.io/Allocated",
              status: "True",
              reason: "Allocated",
              message: "192.0.2.1 from pool edge",
              lastTransitionTime: "2026-11-22T08:00:05Z",
            },
            {
              type: "steelyard.io/Announced",
              status: "Unknown",
              reason: "AwaitingAgent",
              message:
                "L2Advertisement lan covers 192.0.2.1, and no agent has reported yet that it answers; it takes an " +
                "agent on a Ready node that the advertisement selects, and a ready endpoint of the Service",
              lastTransitionTime: "2026-11-22T08:00:05Z",
            },
          ],
        },
      },
      events: [{ type: "Normal", reason: "IPAllocated", message: 'Assigned IP ["192.0.2.1"]' }],
      changes: [],
    });
  });

  test("gets IPv4 before IPv6", () => {
    const { patch, events } = plan(serviceOf(key, { spec: dualStack }), { pools: [dual] });
    expect(patch?.status.loadBalancer?.ingress).toEqual([{ ip: "192.0.2.8" }, { ip: "2001:db8::" }]);
    expect(events).toEqual([
      { type: "Normal", reason: "IPAllocated", message: 'Assigned IP ["192.0.2.8" "2001:db8::"]' },
    ]);
  });

  test("is told the numbers when the pool is full, once", () => {
    const others = { "shop/a": ["192.0.2.1"], "shop/b": ["192.0.2.2"] };
    const service = serviceOf(key);
    const first = plan(service, { others });
    const message =
      "pool edge is full (2 of 2 IPv4 addresses in use); " +
      "add addresses to spec.addresses of pool edge, or delete a Service that holds one";
    expect(conditionOf(first, "Allocated")).toEqual({ status: "False", reason: "PoolsFull", message });
    expect(first.isWaiting).toBe(true);
    expect(first.events).toEqual([
      {
        type: "Warning",
        reason: "AllocationFailed",
        message: `Failed to allocate IP for "shop/web": no available IPs: ${message}`,
      },
    ]);
    expect(plan(patched(service, first.patch), { others })).toMatchObject({ patch: undefined, events: [] });
  });

  test.each([
    {
      name: "no pool",
      pools: [],
      says: "there is no IPAddressPool in namespace metallb-system; create one whose spec.addresses lists what may be given out, for example 192.0.2.10-192.0.2.20",
      reason: "NoPool",
    },
    {
      name: "a pool for other namespaces",
      pools: [
        {
          ...edge,
          serviceAllocation: { priority: undefined, namespaces: new Set(["a", "b"]), serviceSelectors: [] },
        },
      ],
      says: "pool edge serves only namespaces a, b; add shop to spec.serviceAllocation.namespaces of pool edge",
      reason: "NoPoolMatches",
    },
    {
      name: "a pool of the other family and one that is manual",
      pools: [poolOf("six", ["2001:db8::/64"]), { ...edge, autoAssign: false }],
      says: "pool six has no IPv4 addresses; pool edge gives nothing automatically (autoAssign: false); add a range of IPv4 addresses to spec.addresses of pool six",
      reason: "FamilyMissing",
    },
  ])("is told of $name", ({ pools, says, reason }) => {
    expect(conditionOf(plan(serviceOf(key), { pools }), "Allocated")).toEqual({
      status: "False",
      reason,
      message: says,
    });
  });

  test("is told which fault refuses the pool", () => {
    const object = { kind: "IPAddressPool", namespace: "metallb-system", name: "edge" } as const;
    const problem = {
      kind: "wrong",
      object,
      path: "spec.addresses[0]",
      message: "no address in it",
    } as const;
    const built = builtOf([], { refusedPools: new Set(["edge"]), problems: [problem] });
    expect(conditionOf(plan(serviceOf(key), { built }), "Allocated")).toEqual({
      status: "False",
      reason: "PoolRefused",
      message: "pool edge is refused (spec.addresses[0]: no address in it); repair pool edge",
    });
  });

  test.each([
    { name: "the annotation", given: { annotations: { "metallb.io/loadBalancerIPs": "192.0.2.2" } } },
    { name: "the field", given: { spec: { loadBalancerIP: "192.0.2.2" } } },
  ])("that asks for an address by $name gets it", ({ given }) => {
    const { patch, events } = plan(serviceOf(key, given));
    expect(patch?.status.loadBalancer).toEqual({ ingress: [{ ip: "192.0.2.2" }] });
    expect(events.map(({ reason }) => reason)).toEqual(["IPAllocated"]);
  });

  test("that asks in MetalLB's old words gets it too, and is told the new word", () => {
    const annotations = { "metallb.universe.tf/address-pool": "edge" };
    expect(plan(serviceOf(key, { annotations })).events).toEqual([
      { type: "Normal", reason: "IPAllocated", message: 'Assigned IP ["192.0.2.1"]' },
      {
        type: "Warning",
        reason: "deprecatedAnnotation",
        message:
          "Service uses the deprecated annotation metallb.universe.tf/address-pool; use metallb.io/address-pool instead",
      },
    ]);
  });

  test("that asks for what it cannot have gets nothing, and is told why in condition and event", () => {
    const service = serviceOf(key, { annotations: { "metallb.io/loadBalancerIPs": "192.0.2.2" } });
    const { patch, events, isWaiting } = plan(service, { others: { "shop/db": ["192.0.2.2"] } });
    expect([patch?.status.loadBalancer, isWaiting]).toEqual([undefined, true]);
    const message =
      "192.0.2.2 (annotation metallb.io/loadBalancerIPs) is held by shop/db, and the two do not share it; ask for " +
      "another address, or give this Service and shop/db the same annotation metallb.io/allow-shared-ip";
    expect(patch?.status.conditions?.[0]).toMatchObject({
      status: "False",
      reason: "RequestedAddressHeld",
      message,
    });
    const told = `Failed to allocate IP for "shop/web": ${message}`;
    expect(events).toEqual([{ type: "Warning", reason: "AllocationFailed", message: told }]);
  });

  test("that asks for another one in vain is told anew by an event, though the rule is the same", () => {
    const others = { "shop/a": ["192.0.2.1"], "shop/b": ["192.0.2.2"] };
    const asking = (address: string) =>
      serviceOf(key, { annotations: { "metallb.io/loadBalancerIPs": address } });
    const { status = {} } = patched(asking("192.0.2.1"), plan(asking("192.0.2.1"), { others }).patch);
    const { events } = plan({ ...asking("192.0.2.2"), status }, { others });
    expect(events).toMatchObject([
      { reason: "AllocationFailed", message: expect.stringContaining("192.0.2.2 (annotation") },
    ]);
    expect(events[0]?.message).toContain("is held by shop/b");
  });

  test("with a sharing key gets an address of its own", () => {
    const service = serviceOf(key, { annotations: { "metallb.io/allow-shared-ip": "k" } });
    expect(texts(plan(service, { others: { "shop/a": ["192.0.2.1"] } }).reserve)).toEqual(["192.0.2.2"]);
  });

  test("with the key of another, and other pods, is told why it does not share the last address", () => {
    const sharer = (name: string, port: number) =>
      serviceOf(`shop/${name}`, {
        spec: { externalTrafficPolicy: "Local", selector: { app: name }, ports: [{ port }] },
        annotations: { "metallb.io/allow-shared-ip": "k" },
      });
    const tiny = builtOf([poolOf("tiny", ["192.0.2.1/32"])]);
    const held = new AddressBook();
    held.observe("shop/a", ips("192.0.2.1"), holderFacts(sharer("a", 80), []));
    const moment = { timestamp: "", now: 0 as Instant };
    const service = sharer("web", 443);
    const snapshot = { key, service, built: tiny, held, surroundings: unknownSurroundings, ...moment };
    const told = planService(snapshot, { lbClasses: [], configNamespace: "metallb-system" });
    expect(conditionOf(told, "Allocated")?.message).toBe(
      "pool tiny is full (1 of 1 IPv4 addresses in use; 192.0.2.1 has the same sharing key, but is held by shop/a, " +
        "which sends traffic to other pods or by another externalTrafficPolicy); add addresses to spec.addresses of " +
        "pool tiny, or delete a Service that holds one, or set externalTrafficPolicy of both Services to Cluster",
    );
  });

  test("that is being deleted gets nothing", () => {
    const service = serviceOf(key);
    const dying = {
      ...service,
      metadata: { ...service.metadata, deletionTimestamp: "2026-11-22T08:00:01Z" },
    };
    expect(plan(dying)).toMatchObject({ reserve: [], isWaiting: false, patch: undefined, events: [] });
  });
});

describe("carried out, a plan leaves nothing to do", () => {
  const scenes: readonly { name: string; service: ServiceResource; scene: Scene }[] = [
    { name: "single-stack", service: serviceOf(key), scene: { l2Statuses: [] } },
    {
      name: "dual-stack",
      service: serviceOf(key, { spec: dualStack }),
      scene: { pools: [dual], l2Statuses: [] },
    },
    { name: "half of dual-stack", service: serviceOf(key, { spec: dualStack }), scene: { l2Statuses: [] } },
    { name: "no pool", service: serviceOf(key), scene: { pools: [], l2Statuses: [] } },
    {
      name: "announced",
      service: serviceOf(key, { ingress: [{ ip: "192.0.2.1" }] }),
      scene: { l2Statuses: [l2StatusOf(key, "node-a", ["eth0"])] },
    },
    {
      name: "not advertised",
      service: serviceOf(key),
      scene: { pools: [{ ...edge, l2Advertisements: [] }] },
    },
    {
      name: "moved out of its pool",
      service: serviceOf(key, { ingress: [{ ip: "203.0.113.1" }], annotations: { [poolAnnotation]: "old" } }),
      scene: { l2Statuses: [] },
    },
    {
      name: "no load balancer any more",
      service: serviceOf(key, {
        spec: { type: "ClusterIP" },
        ingress: [{ ip: "192.0.2.1" }],
        annotations: { [poolAnnotation]: "edge" },
      }),
      scene: {},
    },
  ];
  test.each(scenes)("$name", ({ service, scene }) => {
    const first = plan(service, scene);
    expect(first.patch).toBeDefined();
    const again = plan(patched(service, first.patch), scene);
    expect(again).toMatchObject({ patch: undefined, events: [] });
    expect(texts(again.reserve)).toEqual(texts(first.reserve));
  });
});

describe("a Service that holds an address", () => {
  test("that MetalLB gave it keeps it; only the conditions are added", () => {
    const ingress = [{ ip: "192.0.2.2", ipMode: "VIP", ports: [{ port: 80, protocol: "TCP" }] }];
    const { patch, events } = plan(serviceOf(key, { ingress, annotations: { [poolAnnotation]: "edge" } }));
    expect(patch?.metadata).toEqual({ uid: "uid-web", resourceVersion: "7" });
    expect(patch?.status.loadBalancer).toBeUndefined();
    expect(events).toEqual([]);
  });

  test("that another Service holds too loses it to the one that had it first, and the event names both", () => {
    const service = serviceOf(key, { ingress: [{ ip: "192.0.2.2" }] });
    const { reserve, events, changes } = plan(service, { others: { "shop/a": ["192.0.2.2"] } });
    expect(texts(reserve)).toEqual(["192.0.2.1"]);
    expect(events).toEqual([
      {
        type: "Normal",
        reason: "ClearAssignment",
        message: "192.0.2.2 becomes 192.0.2.1: it is held by shop/a as well, and the two do not share it",
      },
    ]);
    expect(changes.map(({ cause }) => cause.is)).toEqual(["held-by-another"]);
  });

  test("keeps it when it asks for one that it cannot have", () => {
    const annotations = { [poolAnnotation]: "edge", "metallb.io/loadBalancerIPs": "10.9.9.9" };
    const asking = plan(serviceOf(key, { ingress: [{ ip: "192.0.2.2" }], annotations }));
    expect(asking.patch?.status.loadBalancer).toBeUndefined();
    expect(conditionOf(asking, "Allocated")).toEqual({
      status: "False",
      reason: "RequestedAddressOutsidePools",
      message:
        "192.0.2.2 stays: 10.9.9.9 (annotation metallb.io/loadBalancerIPs) is in none of the pools: pool " +
        "edge (192.0.2.1-192.0.2.2); add 10.9.9.9/32 to spec.addresses of a pool, or ask for an address that lies in one",
    });
  });

  test("gets the one it asks for in its place, with one event and a count", () => {
    const annotations = { [poolAnnotation]: "edge", "metallb.io/loadBalancerIPs": "192.0.2.1" };
    const moved = plan(serviceOf(key, { ingress: [{ ip: "192.0.2.2" }], annotations }));
    expect(moved.patch?.status.loadBalancer).toEqual({ ingress: [{ ip: "192.0.2.1" }] });
    expect(moved.events.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      "ClearAssignment: 192.0.2.2 becomes 192.0.2.1: the Service asks for another (annotation metallb.io/loadBalancerIPs: 192.0.2.1)",
    ]);
    expect(moved.changes).toMatchObject([{ cause: { is: "request" } }]);
  });

  test("loses it with an event when the pool is gone, and stands in line", () => {
    const service = serviceOf(key, {
      ingress: [{ ip: "192.0.2.2" }],
      annotations: { [poolAnnotation]: "edge" },
    });
    const { patch, events, isWaiting } = plan(service, { pools: [] });
    expect(isWaiting).toBe(true);
    expect(patch?.metadata.annotations).toEqual({
      [poolAnnotation]: null,
      "steelyard.io/remembered-addresses": "192.0.2.2",
    });
    expect(patch?.status.loadBalancer).toEqual({ ingress: null });
    expect(events).toEqual([
      {
        type: "Warning",
        reason: "ClearAssignment",
        message:
          "192.0.2.2 is taken away: no IPAddressPool gives it out any more; Failed to allocate IP for " +
          '"shop/web": no available IPs: there is no IPAddressPool in namespace metallb-system; create one whose ' +
          "spec.addresses lists what may be given out, for example 192.0.2.10-192.0.2.20",
      },
    ]);
  });

  test("is warned with the reason when it loses the only one while another was refused already", () => {
    const annotations = { [poolAnnotation]: "edge", "metallb.io/loadBalancerIPs": "10.9.9.9" };
    const holder = serviceOf(key, { ingress: [{ ip: "192.0.2.2" }], annotations });
    const refused = patched(holder, plan(holder).patch);
    const { events } = plan(refused, { pools: [] });
    expect(events).toEqual([
      {
        type: "Warning",
        reason: "ClearAssignment",
        message:
          '192.0.2.2 is taken away: no IPAddressPool gives it out any more; Failed to allocate IP for "shop/web": ' +
          "10.9.9.9 (annotation metallb.io/loadBalancerIPs) is in none of the pools: there is none; add 10.9.9.9/32 " +
          "to spec.addresses of a pool, or ask for an address that lies in one",
      },
    ]);
  });

  test("is warned when it loses it with its cluster IPs", () => {
    const service = serviceOf(key, { ingress: [{ ip: "192.0.2.2" }], spec: { clusterIPs: ["None"] } });
    expect(plan(service).events).toEqual([
      {
        type: "Warning",
        reason: "ClearAssignment",
        message:
          "192.0.2.2 is taken away: the Service has no IPv4 cluster IP; the Service has no cluster IP that traffic " +
          "could be forwarded to; give the Service cluster IPs of the families it needs (spec.ipFamilies, spec.ipFamilyPolicy)",
      },
    ]);
  });

  test("gets it back when the pool is back, and remembers no longer", () => {
    const service = serviceOf(key, { annotations: { "steelyard.io/remembered-addresses": "192.0.2.2" } });
    const { patch } = plan(service);
    expect(patch?.status.loadBalancer).toEqual({ ingress: [{ ip: "192.0.2.2" }] });
    expect(patch?.metadata.annotations).toEqual({
      [poolAnnotation]: "edge",
      "steelyard.io/remembered-addresses": null,
    });
  });

  test("keeps it and its annotation while the pool is refused", () => {
    const service = serviceOf(key, {
      ingress: [{ ip: "192.0.2.2" }],
      annotations: { [poolAnnotation]: "edge" },
    });
    const fault = plan(service, { built: builtOf([], { refusedPools: new Set(["edge"]) }) });
    expect(fault.patch?.metadata.annotations).toBeUndefined();
    expect(fault.patch?.status.loadBalancer).toBeUndefined();
    expect(conditionOf(fault, "Allocated")).toEqual({
      status: "True",
      reason: "KeptWhilePoolRefused",
      message:
        "192.0.2.2 is kept: no pool in force contains it, but pool edge is refused because of a fault; repair pool edge",
    });
  });

  test("goes on saying what it said of a sound pool, and no longer what it said of a fault that is mended", () => {
    const holder = serviceOf(key, {
      ingress: [{ ip: "192.0.2.2" }],
      annotations: { [poolAnnotation]: "edge" },
    });
    const refused = (...names: readonly string[]) => ({
      built: builtOf([], { refusedPools: new Set(names) }),
      l2Statuses: [],
    });
    const sound = patched(holder, plan(holder, { l2Statuses: [] }).patch);
    expect(plan(sound, refused("edge")).patch?.status.conditions).toBeUndefined();
    const faulty = patched(holder, plan(holder, refused("bad")).patch);
    expect(conditionOf(plan(faulty, refused("edge")), "Allocated")?.message).toBe(
      "192.0.2.2 is kept: no pool in force contains it, but pool edge is refused because of a fault; repair pool edge",
    );
  });

  test.each([
    { name: "one of two", inForce: ["2001:db8::/64"], which: "192.0.2.2" },
    { name: "neither", inForce: [], which: "them" },
  ])("says which address is in no pool while one is refused: $name", ({ inForce, which }) => {
    const ingress = [{ ip: "192.0.2.2" }, { ip: "2001:db8::2" }];
    const service = serviceOf(key, { spec: dualStack, ingress, annotations: { [poolAnnotation]: "edge" } });
    const pools = inForce.map((range) => poolOf("six", [range]));
    const refusedPools = new Set(["edge", "lab"]);
    expect(
      conditionOf(plan(service, { built: builtOf(pools, { refusedPools }) }), "Allocated")?.message,
    ).toBe(
      `192.0.2.2 and 2001:db8::2 are kept: no pool in force contains ${which}, ` +
        "but pools edge, lab are refused because of a fault",
    );
  });

  test("is not touched while its agents' reports are unknown", () => {
    const service = serviceOf(key);
    const announced = patched(service, plan(service, { l2Statuses: [l2StatusOf(key, "node-a")] }).patch);
    expect(plan(announced, { l2Statuses: undefined }).patch).toBeUndefined();
  });
});

describe("what others wrote", () => {
  test("stays in place when an address is given", () => {
    const ingress = [{ hostname: "lb.example" }, { ip: "10.1.2.3", ports: [{ port: 80, protocol: "TCP" }] }];
    const { patch } = plan(serviceOf(key, { ingress }));
    expect(patch?.status.loadBalancer?.ingress).toEqual([{ ip: "192.0.2.1" }, ...ingress]);
  });

  test("stays when the Service is no load balancer any more", () => {
    const foreign = [{ hostname: "lb.example" }, { ip: "10.1.2.3" }];
    const service = serviceOf(key, {
      spec: { type: "NodePort" },
      annotations: { [poolAnnotation]: "edge" },
      ingress: [{ ip: "192.0.2.1" }, ...foreign],
    });
    expect(plan(service).patch).toEqual({
      metadata: { uid: "uid-web", resourceVersion: "7", annotations: { [poolAnnotation]: null } },
      status: { loadBalancer: { ingress: foreign } },
    });
  });

  test("stays on a Service that never was ours, even if the address lies in a pool", () => {
    const service = serviceOf(key, { spec: { type: "NodePort" }, ingress: [{ ip: "192.0.2.1" }] });
    expect(plan(service).patch).toBeUndefined();
  });

  test("of another class is not touched", () => {
    const spec = { loadBalancerClass: "example.com/other" };
    const standing = { reserve: [], isWaiting: false, isSatisfied: true };
    const untouched = { ...standing, patch: undefined, events: [], changes: [] };
    expect(plan(serviceOf(key, { spec }))).toEqual(untouched);
    expect(plan(serviceOf(key), { lbClasses: ["example.com/ours"] })).toEqual(untouched);
    expect(plan(serviceOf(key, { spec }), { lbClasses: ["example.com/other"] }).patch).toBeDefined();
  });
});

describe("the condition Announced", () => {
  const message = (pools: readonly Pool[], l2Statuses: readonly ServiceL2StatusResource[] = []) =>
    conditionOf(plan(serviceOf(key, { labels: { app: "web" } }), { pools, l2Statuses }), "Announced");

  test("tells the smallest manifest when no advertisement selects the pool", () => {
    const home = poolOf("home", ["192.168.7.40-192.168.7.49"]);
    expect(message([home])).toEqual({
      status: "False",
      reason: "NoAdvertisement",
      message:
        "192.168.7.40 is in pool home, but no L2Advertisement selects that pool, so nothing answers for it; " +
        "create one: {apiVersion: metallb.io/v1beta1, kind: L2Advertisement, metadata: {name: home, " +
        "namespace: metallb-system}, spec: {ipAddressPools: [home]}}",
    });
  });

  test.each(["10", "true", "1.5", "no"])(
    "quotes the pool's name where YAML would read no text: %s",
    (name) => {
      const pool = poolOf(name, ["192.168.7.40-192.168.7.49"]);
      expect(message([pool])?.message).toContain(`spec: {ipAddressPools: ["${name}"]}}`);
    },
  );

  test("is told as an event when it becomes False, once", () => {
    const home = poolOf("home", ["192.168.7.40-192.168.7.49"]);
    const first = plan(serviceOf(key), { pools: [home] });
    const warnings = first.events.filter((event) => event.reason === "NoAdvertisement");
    expect(warnings).toEqual([
      { type: "Warning", reason: "NoAdvertisement", message: conditionOf(first, "Announced")?.message },
    ]);
    const said = serviceOf(key, { status: { conditions: first.patch?.status.conditions ?? [] } });
    expect(plan(said, { pools: [home] }).events.map((event) => event.reason)).not.toContain(
      "NoAdvertisement",
    );
  });

  test("names no pool that is gone while another is refused", () => {
    const home = poolOf("home", ["192.168.7.40-192.168.7.49"]);
    const quiet = patched(serviceOf(key), plan(serviceOf(key), { pools: [home], l2Statuses: [] }).patch);
    const refused = (name: string) =>
      plan(quiet, { built: builtOf([], { refusedPools: new Set([name]) }), l2Statuses: [] });
    expect(refused("home").patch).toBeUndefined();
    expect(conditionOf(refused("bad"), "Announced")).toEqual({
      status: "Unknown",
      reason: "PoolRefused",
      message: "which advertisement covers 192.168.7.40 is unknown while pool bad is refused",
    });
    const unknown = patched(quiet, refused("bad").patch);
    const again = plan(unknown, { built: builtOf([], { refusedPools: new Set(["home"]) }), l2Statuses: [] });
    expect(conditionOf(again, "Announced")?.message).toContain("while pool home is refused");
  });

  test("names an advertisement that could be widened", () => {
    const other = poolOf("z-other", ["198.51.100.0/24"], { l2Advertisements: [lan] });
    expect(message([{ ...edge, l2Advertisements: [] }, other])?.message).toContain(
      "add edge to spec.ipAddressPools of L2Advertisement lan, or create one:",
    );
  });

  test("names the labels that an advertisement wants", () => {
    const picky = advertisementOf("picky", { serviceSelectors: [{ matchLabels: { app: "db" } }] });
    expect(message([{ ...edge, l2Advertisements: [picky] }])).toEqual({
      status: "False",
      reason: "NoAdvertisement",
      message:
        "192.0.2.1 is in pool edge, but of the L2Advertisements that select that pool none selects this Service, " +
        "so nothing answers for it; L2Advertisement picky wants a Service with the labels app=db",
    });
  });

  test("names nodes and interfaces, sorted", () => {
    const statuses = [l2StatusOf(key, "node-b"), l2StatusOf(key, "node-a", ["eth1", "eth0"])];
    const shows = serviceOf(key, { ingress: [{ ip: "192.0.2.1" }] });
    const said = conditionOf(plan(shows, { l2Statuses: statuses }), "Announced");
    expect(said).toEqual({
      status: "True",
      reason: "Layer2",
      message:
        "node node-a (on interface eth0, eth1) and node node-b (on every interface) answer for 192.0.2.1",
    });
  });
});
