import { describe, expect, test } from "@jest/globals";
import {
  projectAnnouncedService,
  projectOwnBgpStatus,
  projectOwnL2Status,
  projectServingSlice,
} from "./lean-projections.ts";

const announced = (message: string, status = "True") => ({
  type: "steelyard.io/Announced",
  status,
  reason: "Layer2",
  message,
  lastTransitionTime: "2026-11-30T10:00:00Z",
});

const service = (changes: { readonly conditions?: readonly object[]; readonly type?: string } = {}) => ({
  metadata: {
    name: "web",
    namespace: "default",
    uid: "u1",
    resourceVersion: "7",
    labels: { app: "web" },
    annotations: {
      "metallb.io/allow-shared-ip": "key",
      "metallb.universe.tf/ip-allocated-from-pool": "main",
      "metallb.io/address-pool": "main",
      "steelyard.io/contested-addresses": "192.0.2.1",
      "steelyard.io/remembered-addresses": "192.0.2.1",
    },
  },
  spec: {
    type: changes.type ?? "LoadBalancer",
    loadBalancerClass: "example.com/lb",
    externalTrafficPolicy: "Local",
    clusterIP: "10.96.0.1",
    selector: { app: "web" },
    ports: [{ port: 80 }],
  },
  status: {
    loadBalancer: { ingress: [{ ip: "192.0.2.1", ipMode: "VIP" }, { ip: "2001:db8::1" }, { hostname: "x" }] },
    conditions: changes.conditions ?? [],
  },
});

describe("of a Service", () => {
  test("is kept what decides about announcing it", () => {
    expect(projectAnnouncedService(service())).toEqual({
      metadata: {
        name: "web",
        namespace: "default",
        uid: "u1",
        labels: { app: "web" },
        annotations: {
          "metallb.io/allow-shared-ip": "key",
          "metallb.universe.tf/ip-allocated-from-pool": "main",
          "steelyard.io/contested-addresses": "192.0.2.1",
        },
      },
      spec: { type: "LoadBalancer", loadBalancerClass: "example.com/lb", externalTrafficPolicy: "Local" },
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }, { ip: "2001:db8::1" }] } },
    });
  });

  test("that is no load balancer next to nothing is kept", () => {
    expect(projectAnnouncedService(service({ type: "ClusterIP" }))).toEqual({
      metadata: { name: "web", namespace: "default" },
      spec: { type: "ClusterIP" },
    });
  });

  test("a deletion is kept, and whatever is missing is missing", () => {
    const raw = { metadata: { name: "web", deletionTimestamp: "t" }, spec: { type: "LoadBalancer" } };
    expect(projectAnnouncedService(raw)).toEqual({
      metadata: { name: "web", deletionTimestamp: "t" },
      spec: { type: "LoadBalancer" },
    });
    expect(projectAnnouncedService(undefined)).toEqual({ metadata: { name: "" }, spec: {} });
  });

  test("which of its addresses are announced is kept, and not by whom", () => {
    const of = (message: string) => projectAnnouncedService(service({ conditions: [announced(message)] }));
    const one = of("node a (on every interface) answers for 192.0.2.1, 198.51.100.1");
    expect(one.status?.conditions).toMatchObject([{ status: "True", message: "192.0.2.1" }]);
    expect(of("node b (on interface eth0) answers for 192.0.2.1")).toEqual(one);
    const dark = projectAnnouncedService(service({ conditions: [announced("nobody answers", "False")] }));
    expect(dark.status?.conditions).toBeUndefined();
    const byBgp = { ...announced("192.0.2.1 is announced by BGP from node-a to tor-1"), reason: "Bgp" };
    expect(projectAnnouncedService(service({ conditions: [byBgp] })).status?.conditions).toBeUndefined();
  });
});

describe("of this node's own report", () => {
  const metadata = (name: string) => ({
    name,
    namespace: "metallb-system",
    uid: `uid-${name}`,
    resourceVersion: "7",
    labels: { "metallb.io/node": "node-a", "metallb.io/service-name": name },
  });
  const owned = (name: string) => ({
    ...metadata(name),
    ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "x", uid: "y" }],
  });
  const status = { node: "node-a", serviceName: "web", serviceNamespace: "default" };

  test("everything is kept that a plan looks at, and not its owner", () => {
    const interfaces = [{ name: "eth0" }];
    expect(projectOwnL2Status({ metadata: owned("l2-1"), status: { ...status, interfaces } })).toEqual({
      apiVersion: "metallb.io/v1beta1",
      kind: "ServiceL2Status",
      metadata: metadata("l2-1"),
      status: { ...status, interfaces },
    });
    expect(projectOwnBgpStatus({ metadata: metadata("bgp-1") }).status).toBeUndefined();
  });

  test("equal lists of routers are one list", () => {
    const [one, other] = ["bgp-1", "bgp-2"].map((name) =>
      projectOwnBgpStatus({ metadata: metadata(name), status: { ...status, peers: ["tor-1", "tor-2"] } }),
    );
    expect(one?.status?.peers).toEqual(["tor-1", "tor-2"]);
    expect(one?.status?.peers).toBe(other?.status?.peers);
  });
});

describe("of an EndpointSlice", () => {
  const slice = (...endpoints: readonly object[]) => ({
    metadata: {
      name: "web-1",
      namespace: "default",
      resourceVersion: "7",
      labels: { "kubernetes.io/service-name": "web", app: "web" },
    },
    endpoints,
  });

  test("is kept on which nodes it can be served", () => {
    const raw = slice(
      { nodeName: "a", conditions: { ready: true }, addresses: ["10.0.0.1"] },
      { nodeName: "a", conditions: { ready: true }, addresses: ["10.0.0.2"] },
      { nodeName: "b", conditions: { ready: false } },
      { nodeName: "c", conditions: { ready: false, serving: true, terminating: true } },
      {},
      {},
    );
    expect(projectServingSlice(raw)).toEqual({
      metadata: {
        name: "web-1",
        namespace: "default",
        labels: { "kubernetes.io/service-name": "web" },
      },
      endpoints: [{ nodeName: "a" }, { nodeName: "c" }, {}],
    });
  });

  test("endpoints of one node are one object", () => {
    const [one, other] = [slice({ nodeName: "a" }), slice({ nodeName: "a" })].map(projectServingSlice);
    expect(one?.endpoints[0]).toBe(other?.endpoints[0]);
  });
});
