import { describe, expect, test } from "@jest/globals";
import { type ClusterObject } from "../client.ts";
import { type Bench, mergePatch, pool, refusalOf, service } from "./bench.ts";

const services = "/api/v1/namespaces/status/services";
const pools = "/apis/metallb.io/v1beta1/namespaces/status/ipaddresspools";
const counts = { assignedIPv4: 1, assignedIPv6: 0, availableIPv4: 255, availableIPv6: 0 };

/** The status subresource: who may write what through which door. */
export function statusContract(bench: Bench): void {
  describe("status", () => {
    bench.namespace("status");

    test("a Service starts with an empty status, whatever the client sent", async () => {
      const body = {
        ...service("fresh", { type: "LoadBalancer" }),
        status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
      };
      expect((await bench.client().create(services, body)).status).toEqual({ loadBalancer: {} });
    });

    test("a Service's status takes ingress and conditions, fills in ipMode, and lets metadata through", async () => {
      const client = bench.client();
      await client.create(services, service("balanced", { type: "LoadBalancer" }));
      const condition = {
        type: "steelyard.io/Allocated",
        status: "True",
        reason: "Allocated",
        message: "from pool a",
        lastTransitionTime: "2026-11-22T00:00:00Z",
      };
      const patched = await client.mergePatch<ClusterObject>(`${services}/balanced/status`, {
        metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "a" }, labels: { l: "1" } },
        spec: { externalTrafficPolicy: "Local" },
        status: {
          loadBalancer: { ingress: [{ ip: "192.0.2.1" }, { ip: "2001:db8::1", ipMode: "Proxy" }] },
          conditions: [condition],
        },
      });
      expect(patched.status).toEqual({
        loadBalancer: {
          ingress: [
            { ip: "192.0.2.1", ipMode: "VIP" },
            { ip: "2001:db8::1", ipMode: "Proxy" },
          ],
        },
        conditions: [condition],
      });
      expect(patched.metadata).toMatchObject({
        annotations: { "metallb.io/ip-allocated-from-pool": "a" },
        labels: { l: "1" },
      });
      expect(patched.spec).toMatchObject({ externalTrafficPolicy: "Cluster" });
    });

    test("the spec's door leaves a Service's status alone", async () => {
      const client = bench.client();
      await client.create(services, service("two-doors", { type: "LoadBalancer" }));
      await client.mergePatch(`${services}/two-doors/status`, {
        status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
      });
      const patched = await client.mergePatch<ClusterObject>(`${services}/two-doors`, {
        status: { loadBalancer: { ingress: [] } },
        metadata: { labels: { a: "b" } },
      });
      expect(patched.status).toEqual({ loadBalancer: { ingress: [{ ip: "192.0.2.1", ipMode: "VIP" }] } });
      expect(patched.metadata.labels).toEqual({ a: "b" });
    });

    test("an empty ingress list is the same as none", async () => {
      const client = bench.client();
      await client.create(services, service("emptied", { type: "LoadBalancer" }));
      await client.mergePatch(`${services}/emptied/status`, {
        status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
      });
      const patched = await client.mergePatch<ClusterObject>(`${services}/emptied/status`, {
        status: { loadBalancer: { ingress: [] } },
      });
      expect(patched.status).toEqual({ loadBalancer: {} });
      const removed = await client.mergePatch<ClusterObject>(`${services}/emptied/status`, { status: null });
      expect(removed.status).toEqual({ loadBalancer: {} });
    });

    test("ingress entries are checked", async () => {
      await bench.client().create(services, service("checked", { type: "LoadBalancer" }));
      const ingress = [
        { ip: "no-address" },
        { hostname: "no host" },
        { ip: "192.0.2.5", ipMode: "Other" },
        { ipMode: "VIP", hostname: "a.example" },
      ];
      const reply = await bench.client().request("PATCH", `${services}/checked/status`, {
        ...mergePatch,
        body: { status: { loadBalancer: { ingress } } },
      });
      expect(refusalOf(reply)).toMatchObject({
        code: 422,
        causes: [
          "FieldValueForbidden status.loadBalancer.ingress[3].ipMode",
          "FieldValueInvalid status.loadBalancer.ingress[0].ip",
          "FieldValueInvalid status.loadBalancer.ingress[1].hostname",
          "FieldValueNotSupported status.loadBalancer.ingress[2].ipMode",
        ],
      });
    });

    test("a Service that is no load balancer takes no ingress", async () => {
      await bench.client().create(services, service("inner"));
      const body = { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1", ipMode: "VIP" }] } } };
      const reply = await bench
        .client()
        .request("PATCH", `${services}/inner/status`, { ...mergePatch, body });
      expect(refusalOf(reply)).toMatchObject({
        code: 422,
        causes: ["FieldValueForbidden status.loadBalancer.ingress"],
      });
    });

    test("a custom resource's status changes neither spec nor metadata, and the spec's door not the status", async () => {
      const client = bench.client();
      await client.create(pools, { ...pool("split"), status: counts });
      expect(await client.get(`${pools}/split`)).not.toHaveProperty("status");
      const patched = await client.mergePatch<ClusterObject>(`${pools}/split/status`, {
        metadata: { labels: { a: "b" }, annotations: { a: "b" } },
        spec: { autoAssign: false },
        status: counts,
      });
      expect(patched).toMatchObject({
        metadata: { generation: 1 },
        spec: { autoAssign: true },
        status: counts,
      });
      expect(patched.metadata).not.toHaveProperty("labels");
      expect(patched.metadata).not.toHaveProperty("annotations");
      const other = await client.mergePatch<ClusterObject>(`${pools}/split`, {
        status: { assignedIPv4: 9 },
        spec: { autoAssign: false },
      });
      expect(other).toMatchObject({
        metadata: { generation: 2 },
        spec: { autoAssign: false },
        status: counts,
      });
    });

    test("a custom resource's status is checked by its schema", async () => {
      await bench.client().create(pools, pool("half"));
      const reply = await bench
        .client()
        .request("PATCH", `${pools}/half/status`, { ...mergePatch, body: { status: { assignedIPv4: 1 } } });
      expect(refusalOf(reply)).toMatchObject({
        code: 422,
        causes: [
          "FieldValueRequired status.assignedIPv6",
          "FieldValueRequired status.availableIPv4",
          "FieldValueRequired status.availableIPv6",
        ],
      });
    });

    test("a status can be replaced as a whole", async () => {
      const client = bench.client();
      const made = await client.create<ClusterObject>(pools, pool("put"));
      const replaced = await client.replace<ClusterObject>(`${pools}/put/status`, {
        ...made,
        spec: { addresses: [] },
        status: counts,
      });
      expect(replaced).toMatchObject({ spec: { addresses: ["192.0.2.0/24"] }, status: counts });
    });

    test("a status can be read at its own path", async () => {
      await bench.client().create(pools, pool("read"));
      expect(await bench.client().get(`${pools}/read/status`)).toMatchObject({
        kind: "IPAddressPool",
        metadata: { name: "read" },
      });
    });

    test("kinds without the subresource do not have its path", async () => {
      const path = "/apis/coordination.k8s.io/v1/namespaces/status/leases/none/status";
      expect((await bench.client().request("GET", path)).code).toBe(404);
    });

    test("a new Node is tainted until it was seen ready", async () => {
      const node = {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: "tainted" },
        spec: { unschedulable: false },
      };
      const made = await bench.client().create<ClusterObject>("/api/v1/nodes", node);
      expect(made.spec).toEqual({ taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] });
      await bench.client().delete("/api/v1/nodes/tainted");
    });

    test("conditions show all of their fields", async () => {
      await bench.client().create(services, service("conditioned", { type: "LoadBalancer" }));
      const patched = await bench.client().mergePatch<ClusterObject>(`${services}/conditioned/status`, {
        status: { conditions: [{ type: "A", status: "True" }] },
      });
      expect(patched.status?.["conditions"]).toEqual([
        { type: "A", status: "True", reason: "", message: "", lastTransitionTime: null },
      ]);
      const body = {
        status: { conditions: [{ type: "A", status: "True", lastTransitionTime: "yesterday" }] },
      };
      const reply = await bench
        .client()
        .request("PATCH", `${services}/conditioned/status`, { ...mergePatch, body });
      expect(refusalOf(reply)).toMatchObject({ code: 422, causes: ["FieldValueInvalid patch"] });
    });

    test("a Node keeps the status it is created with", async () => {
      const client = bench.client();
      const conditions = [{ type: "Ready", status: "True", reason: "R", message: "m" }];
      const node = {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: "status-node" },
        status: { conditions },
      };
      expect((await client.create("/api/v1/nodes", node)).status).toMatchObject({ conditions });
      const down = [{ type: "Ready", status: "False", reason: "R", message: "m" }];
      const patched = await client.mergePatch<ClusterObject>("/api/v1/nodes/status-node/status", {
        status: { conditions: down },
      });
      expect(patched.status).toMatchObject({ conditions: down });
      await client.delete("/api/v1/nodes/status-node");
    });

    test("a Pod begins pending and gets its phase and address through its status", async () => {
      const client = bench.client();
      const pods = "/api/v1/namespaces/status/pods";
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p" },
        spec: { containers: [{ name: "c", image: "i" }] },
        status: { phase: "Running" },
      };
      expect((await client.create(pods, pod)).status).toMatchObject({ phase: "Pending" });
      const patched = await client.mergePatch<ClusterObject>(`${pods}/p/status`, {
        status: { phase: "Running", podIP: "10.1.2.3" },
      });
      expect(patched.status).toMatchObject({ phase: "Running", podIP: "10.1.2.3" });
    });
  });
}
