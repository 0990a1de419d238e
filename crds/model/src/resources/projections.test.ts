import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { projectIpAddressPool, projectServiceL2Status } from "./custom-resource.ts";
import { projectEndpointSlice, serviceOfSlice } from "./endpoint-slice.ts";
import { projectNamespace } from "./namespace.ts";
import { projectNode } from "./node.ts";
import { projectService } from "./service.ts";

const metadata = {
  name: "web",
  namespace: "shop",
  uid: "6f1d",
  resourceVersion: "41",
  generation: 3,
  creationTimestamp: "2026-11-22T08:00:00Z",
  labels: { app: "web", "kubernetes.io/service-name": "web" },
  annotations: {
    "metallb.io/address-pool": "public",
    "kubectl.kubernetes.io/last-applied-configuration": "{…}",
  },
  managedFields: [{ manager: "kubectl" }],
  finalizers: ["service.kubernetes.io/load-balancer-cleanup"],
};

const kept = {
  name: "web",
  namespace: "shop",
  uid: "6f1d",
  resourceVersion: "41",
  generation: 3,
  creationTimestamp: "2026-11-22T08:00:00Z",
  labels: { app: "web", "kubernetes.io/service-name": "web" },
  annotations: { "metallb.io/address-pool": "public" },
};

describe("a Service", () => {
  const condition = {
    type: "steelyard.io/Allocated",
    status: "True",
    lastTransitionTime: "2026-11-22T08:00:01Z",
    reason: "Allocated",
    message: "from pool public",
    observedGeneration: 3,
  };

  test("keeps what decides about its addresses", () => {
    const service = projectService({
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        type: "LoadBalancer",
        clusterIP: "10.96.0.9",
        clusterIPs: ["10.96.0.9", "fd00::9"],
        ipFamilies: ["IPv4", "IPv6"],
        ipFamilyPolicy: "PreferDualStack",
        loadBalancerClass: "example.com/x",
        loadBalancerIP: "192.0.2.1",
        externalTrafficPolicy: "Local",
        internalTrafficPolicy: "Cluster",
        selector: { app: "web" },
        sessionAffinity: "None",
        ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: "http", nodePort: 30080 }],
      },
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.1", ipMode: "VIP" }] }, conditions: [condition] },
    });
    expect(service).toMatchObject({
      metadata: kept,
      spec: {
        type: "LoadBalancer",
        clusterIPs: ["10.96.0.9", "fd00::9"],
        ipFamilies: ["IPv4", "IPv6"],
        ipFamilyPolicy: "PreferDualStack",
        loadBalancerClass: "example.com/x",
        loadBalancerIP: "192.0.2.1",
        externalTrafficPolicy: "Local",
        selector: { app: "web" },
        ports: [{ name: "http", protocol: "TCP", port: 80 }],
      },
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.1", ipMode: "VIP" }] }, conditions: [condition] },
    });
    expect(service.metadata).toEqual(kept);
  });

  test("shares no memory with the object it was made of", () => {
    const raw = { metadata, spec: { clusterIPs: ["10.96.0.9"], selector: { app: "web" } } };
    const service = projectService(raw);
    expect(service.spec.clusterIPs).not.toBe(raw.spec.clusterIPs);
    expect(service.spec.selector).not.toBe(raw.spec.selector);
    expect(service.metadata.labels).not.toBe(metadata.labels);
  });

  test("fields of the wrong type count as absent", () => {
    const service = projectService({
      metadata: { name: 7, labels: { a: 1, b: "2" }, generation: "3" },
      spec: { type: null, clusterIPs: ["10.96.0.9", 9, null], ports: "none", selector: [] },
      status: { loadBalancer: { ingress: { ip: "192.0.2.1" } }, conditions: 5 },
    });
    expect(service.metadata).toEqual({ name: "", labels: { b: "2" } });
    expect(service.spec.clusterIPs).toEqual(["10.96.0.9"]);
    expect(service.status?.loadBalancer?.ingress ?? []).toEqual([]);
  });
});

describe("an EndpointSlice", () => {
  test("keeps where endpoints are and how they do", () => {
    const slice = projectEndpointSlice({
      metadata,
      addressType: "IPv4",
      ports: [{ port: 8080 }],
      endpoints: [
        {
          addresses: ["10.1.0.5"],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: "a",
          zone: "z",
        },
        { addresses: ["10.1.0.6"], conditions: { ready: null } },
        { addresses: ["10.1.0.7"] },
      ],
    });
    expect(slice.endpoints).toEqual([
      { conditions: { ready: true, serving: true, terminating: false }, nodeName: "a" },
      { conditions: {} },
      { conditions: {} },
    ]);
    expect(slice.metadata.labels).toEqual({ "kubernetes.io/service-name": "web" });
    expect(slice.metadata.annotations).toBeUndefined();
    expect(serviceOfSlice(slice)).toBe("shop/web");
  });

  test("of nobody has no Service", () => {
    expect(
      serviceOfSlice(projectEndpointSlice({ metadata: { name: "x", namespace: "shop" } })),
    ).toBeUndefined();
  });
});

test("a Node keeps the conditions that decide about announcing, and its addresses", () => {
  const node = projectNode({
    metadata: { name: "a", labels: { "kubernetes.io/hostname": "a" } },
    spec: { podCIDR: "10.1.0.0/24" },
    status: {
      conditions: [
        { type: "MemoryPressure", status: "False" },
        { type: "Ready", status: "True", lastHeartbeatTime: "2026-11-22T08:00:00Z", reason: "KubeletReady" },
        { type: "NetworkUnavailable", status: "maybe" },
      ],
      addresses: [{ type: "InternalIP", address: "172.18.0.2" }],
      images: [{ names: ["a"] }],
    },
  });
  expect(node).toEqual({
    metadata: { name: "a", labels: { "kubernetes.io/hostname": "a" } },
    status: {
      conditions: [
        { type: "Ready", status: "True" },
        { type: "NetworkUnavailable", status: "Unknown" },
      ],
      addresses: [{ type: "InternalIP", address: "172.18.0.2" }],
    },
  });
});

test("a Namespace keeps its name and labels", () => {
  const namespace = projectNamespace({
    metadata: { name: "shop", labels: { team: "a" } },
    spec: { finalizers: [] },
  });
  expect(namespace).toEqual({ metadata: { name: "shop", labels: { team: "a" } } });
});

test("an object of our own group keeps spec and status whole, and its owners", () => {
  const owner = { apiVersion: "v1", kind: "Pod", name: "agent-a", uid: "77" };
  const status = { node: "a", interfaces: [{ name: "eth0" }] };
  const l2 = projectServiceL2Status({
    metadata: { ...metadata, ownerReferences: [owner] },
    spec: {},
    status,
  });
  expect(l2.metadata).toEqual({ ...kept, ownerReferences: [owner] });
  expect(l2.status).toBe(status);
  expect(projectIpAddressPool({ metadata: { name: "a" }, spec: { addresses: 5 } })).toEqual({
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: { name: "a" },
    spec: { addresses: 5 },
  });
});

test("no projection ever throws, and each is the same of its own result", () => {
  const nearly = fc.record(
    {
      metadata: fc.oneof(fc.jsonValue(), fc.record({ name: fc.jsonValue(), labels: fc.jsonValue() })),
      spec: fc.oneof(fc.jsonValue(), fc.record({ ports: fc.jsonValue(), clusterIPs: fc.jsonValue() })),
      status: fc.oneof(
        fc.jsonValue(),
        fc.record({ conditions: fc.jsonValue(), loadBalancer: fc.jsonValue() }),
      ),
      endpoints: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const projections = [
    projectService,
    projectEndpointSlice,
    projectNode,
    projectNamespace,
    projectIpAddressPool,
  ];
  fc.assert(
    fc.property(fc.oneof(nearly, fc.jsonValue()), fc.constantFrom(...projections), (raw, project) => {
      const once: unknown = project(raw);
      expect(project(once)).toEqual(once);
    }),
    { numRuns: 500 },
  );
});
