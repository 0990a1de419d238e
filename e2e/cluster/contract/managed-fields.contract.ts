import { describe, expect, test } from "@jest/globals";
import { type ClusterObject } from "../client.ts";
import { type JsonObject } from "../json.ts";
import { type Bench, configMap, mergePatch, pool, refusalOf, service } from "./bench.ts";

const core = "/api/v1/namespaces/managed";
const services = `${core}/services`;
const pools = "/apis/metallb.io/v1beta1/namespaces/managed/ipaddresspools";
const slices = "/apis/discovery.k8s.io/v1/namespaces/managed/endpointslices";
const leases = "/apis/coordination.k8s.io/v1/namespaces/managed/leases";

export interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: string;
  readonly fieldsV1: JsonObject;
  readonly subresource?: string;
}

export function entriesOf(object: ClusterObject): readonly Entry[] {
  return (object.metadata as { readonly managedFields?: readonly Entry[] }).managedFields ?? [];
}

/** `manager operation subresource` of each entry, in the server's order. */
export function managersOf(object: ClusterObject): readonly string[] {
  return entriesOf(object).map(({ manager, operation, subresource = "-" }) =>
    [manager, operation, subresource].join(" "),
  );
}

/** What a manager owns, through all of its entries. */
export function fieldsOf(object: ClusterObject, manager: string): readonly JsonObject[] {
  return entriesOf(object)
    .filter((entry) => entry.manager === manager)
    .map(({ fieldsV1 }) => fieldsV1);
}

const port = { ".": {}, "f:port": {}, "f:protocol": {}, "f:targetPort": {} };

/** Who owns which field after creates, updates and patches. */
export function managedFieldsContract(bench: Bench): void {
  describe("managed fields", () => {
    bench.namespace("managed");

    const send = async (
      method: string,
      path: string,
      body: unknown,
      type?: string,
    ): Promise<ClusterObject> => {
      const options = type === undefined ? { body } : { body, contentType: type };
      const reply = await bench.client().request(method, path, options);
      if (reply.code > 299) throw new Error(reply.text);
      return reply.json as ClusterObject;
    };
    const patch = (path: string, body: unknown): Promise<ClusterObject> =>
      send("PATCH", path, body, mergePatch.contentType);

    test("a new custom resource belongs to its creator, with the defaults and without its status", async () => {
      const made = await send("POST", `${pools}?fieldManager=creator`, {
        ...pool("new", {
          addresses: ["192.0.2.0/24"],
          serviceAllocation: { priority: 1, namespaceSelectors: [{ matchLabels: { a: "b" } }] },
        }),
        metadata: { name: "new", labels: { a: "b" } },
        status: { assignedIPv4: 1 },
      });
      expect(entriesOf(made)).toEqual([
        {
          manager: "creator",
          operation: "Update",
          apiVersion: "metallb.io/v1beta1",
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          fieldsType: "FieldsV1",
          fieldsV1: {
            "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
            "f:spec": {
              ".": {},
              "f:addresses": {},
              "f:autoAssign": {},
              "f:avoidBuggyIPs": {},
              "f:serviceAllocation": { ".": {}, "f:namespaceSelectors": {}, "f:priority": {} },
            },
          },
        },
      ]);
    });

    test("a new Service: ports by port and protocol, the selector whole, nothing that the server gave out", async () => {
      const made = await send("POST", `${services}?fieldManager=creator`, {
        ...service("new", {
          type: "LoadBalancer",
          selector: { app: "x" },
          externalIPs: ["192.0.2.1"],
          sessionAffinity: "ClientIP",
          ports: [
            { name: "http", port: 80 },
            { name: "dns", port: 53, protocol: "UDP" },
          ],
        }),
        metadata: { name: "new", labels: { a: "b" }, annotations: { x: "y" } },
      });
      expect(fieldsOf(made, "creator")).toEqual([
        {
          "f:metadata": { "f:annotations": { ".": {}, "f:x": {} }, "f:labels": { ".": {}, "f:a": {} } },
          "f:spec": {
            "f:allocateLoadBalancerNodePorts": {},
            "f:externalIPs": {},
            "f:externalTrafficPolicy": {},
            "f:internalTrafficPolicy": {},
            "f:ports": {
              ".": {},
              'k:{"port":53,"protocol":"UDP"}': { ...port, "f:name": {} },
              'k:{"port":80,"protocol":"TCP"}': { ...port, "f:name": {} },
            },
            "f:selector": {},
            "f:sessionAffinity": {},
            "f:sessionAffinityConfig": { ".": {}, "f:clientIP": { ".": {}, "f:timeoutSeconds": {} } },
            "f:type": {},
          },
        },
      ]);
    });

    test("whoever changes a field takes it from all others", async () => {
      await send("POST", `${services}?fieldManager=creator`, service("taken", { type: "LoadBalancer" }));
      const condition = {
        type: "steelyard.io/Allocated",
        status: "True",
        reason: "A",
        message: "m",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      };
      const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] }, conditions: [condition] };
      const written = await patch(`${services}/taken/status?fieldManager=operator`, { status });
      const conditions = {
        ".": {},
        'k:{"type":"steelyard.io/Allocated"}': {
          ".": {},
          "f:lastTransitionTime": {},
          "f:message": {},
          "f:reason": {},
          "f:status": {},
          "f:type": {},
        },
      };
      expect(fieldsOf(written, "operator")).toEqual([
        { "f:status": { "f:conditions": conditions, "f:loadBalancer": { "f:ingress": {} } } },
      ]);
      await patch(`${services}/taken?fieldManager=tunnel`, { spec: { loadBalancerIP: "192.0.2.9" } });
      const rewritten = await patch(`${services}/taken/status?fieldManager=rival`, {
        status: { loadBalancer: { ingress: [{ ip: "192.0.2.7" }] } },
      });
      expect([...managersOf(rewritten)].sort()).toEqual([
        "creator Update -",
        "operator Update status",
        "rival Update status",
        "tunnel Update -",
      ]);
      expect(fieldsOf(rewritten, "operator")).toEqual([{ "f:status": { "f:conditions": conditions } }]);
      expect(fieldsOf(rewritten, "rival")).toEqual([
        { "f:status": { "f:loadBalancer": { "f:ingress": {} } } },
      ]);
      expect(fieldsOf(rewritten, "tunnel")).toEqual([{ "f:spec": { "f:loadBalancerIP": {} } }]);
    });

    test("a field that is gone belongs to nobody, and a manager without fields is not listed", async () => {
      await send(
        "POST",
        `${core}/configmaps?fieldManager=a`,
        configMap("gone", {}, { one: "1", "t.w": "2" }),
      );
      const added = await patch(`${core}/configmaps/gone?fieldManager=b`, { data: { three: "3" } });
      expect(fieldsOf(added, "a")).toEqual([{ "f:data": { ".": {}, "f:one": {}, "f:t.w": {} } }]);
      expect(fieldsOf(added, "b")).toEqual([{ "f:data": { "f:three": {} } }]);
      const removed = await patch(`${core}/configmaps/gone?fieldManager=c`, {
        data: { three: null, one: null },
      });
      expect(managersOf(removed)).toEqual(["a Update -"]);
      expect(fieldsOf(removed, "a")).toEqual([{ "f:data": { ".": {}, "f:t.w": {} } }]);
    });

    test("an update without a difference leaves no trace, by whomever", async () => {
      const made = await send(
        "POST",
        `${core}/configmaps?fieldManager=a`,
        configMap("same", {}, { one: "1" }),
      );
      const again = await patch(`${core}/configmaps/same?fieldManager=b`, { data: { one: "1" } });
      expect(again.metadata).toEqual(made.metadata);
    });

    test("without a fieldManager it is the first word of the program's name", async () => {
      const made = await bench.client().create(`${core}/configmaps`, configMap("agent", {}, { one: "1" }));
      expect(managersOf(made)).toEqual(["steelyard-suite Update -"]);
    });

    test("a name that is too long is refused", async () => {
      const path = `${core}/configmaps?fieldManager=${"m".repeat(129)}`;
      const reply = await bench.client().request("POST", path, { body: configMap("long") });
      expect(refusalOf(reply)).toMatchObject({
        code: 422,
        message:
          'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
        causes: ["FieldValueTooLong fieldManager"],
      });
    });

    test("through a custom resource's status only the status is owned, through a Service's metadata too", async () => {
      const counts = { assignedIPv4: 1, assignedIPv6: 0, availableIPv4: 2, availableIPv6: 0 };
      const both = {
        metadata: { labels: { a: "b" } },
        spec: { autoAssign: false, loadBalancerIP: "192.0.2.1" },
      };
      await send("POST", `${pools}?fieldManager=creator`, pool("door"));
      const written = await patch(`${pools}/door/status?fieldManager=s`, { ...both, status: counts });
      expect(fieldsOf(written, "s")).toEqual([
        {
          "f:status": {
            ".": {},
            "f:assignedIPv4": {},
            "f:assignedIPv6": {},
            "f:availableIPv4": {},
            "f:availableIPv6": {},
          },
        },
      ]);
      await send("POST", `${services}?fieldManager=creator`, service("door", { type: "LoadBalancer" }));
      const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
      const { metadata } = both;
      const serviced = await patch(`${services}/door/status?fieldManager=s`, { metadata, status });
      expect(fieldsOf(serviced, "s")).toEqual([
        {
          "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
          "f:status": { "f:loadBalancer": { "f:ingress": {} } },
        },
      ]);
    });

    test("finalizers are a set, owners go by their uid", async () => {
      const ownerReferences = [
        { apiVersion: "v1", kind: "Service", name: "w", uid: "abc", controller: true },
      ];
      const slice = {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "owned", ownerReferences, finalizers: ["a.b/c"] },
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.1.2.3"], conditions: { ready: true } }],
        ports: [{ name: "http", port: 80 }],
      };
      const made = await send("POST", `${slices}?fieldManager=m`, slice);
      expect(fieldsOf(made, "m")).toEqual([
        {
          "f:addressType": {},
          "f:endpoints": {},
          "f:metadata": {
            "f:finalizers": { ".": {}, 'v:"a.b/c"': {} },
            "f:ownerReferences": { ".": {}, 'k:{"uid":"abc"}': {} },
          },
          "f:ports": {},
        },
      ]);
      await patch(`${slices}/owned`, { metadata: { finalizers: null } });
    });

    test("Leases, Events, Secrets and ServiceAccounts", async () => {
      const lease = await send("POST", `${leases}?fieldManager=m`, {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "l" },
        spec: { holderIdentity: "x", leaseDurationSeconds: 15, renewTime: "2026-11-22T08:00:00.000000Z" },
      });
      expect(fieldsOf(lease, "m")).toEqual([
        { "f:spec": { "f:holderIdentity": {}, "f:leaseDurationSeconds": {}, "f:renewTime": {} } },
      ]);
      const event = await send("POST", `${core}/events?fieldManager=m`, {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "e" },
        involvedObject: { kind: "Service", namespace: "managed", name: "w" },
        reason: "R",
        message: "m",
        type: "Normal",
        count: 1,
        firstTimestamp: "2026-11-22T08:00:00Z",
        source: { component: "c" },
      });
      expect(fieldsOf(event, "m")).toEqual([
        {
          "f:count": {},
          "f:firstTimestamp": {},
          "f:involvedObject": {},
          "f:message": {},
          "f:reason": {},
          "f:source": { "f:component": {} },
          "f:type": {},
        },
      ]);
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { a: "b" } };
      expect(fieldsOf(await send("POST", `${core}/secrets?fieldManager=m`, secret), "m")).toEqual([
        { "f:data": { ".": {}, "f:a": {} }, "f:type": {} },
      ]);
    });

    test("Nodes and Namespaces", async () => {
      const node = await send("POST", "/api/v1/nodes?fieldManager=m", {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: "managed", labels: { a: "b" } },
        spec: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"], unschedulable: true },
        status: { conditions: [{ type: "Ready", status: "True" }] },
      });
      expect(fieldsOf(node, "m")).toEqual([
        {
          "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
          "f:spec": {
            "f:podCIDR": {},
            "f:podCIDRs": { ".": {}, 'v:"10.1.0.0/24"': {} },
            "f:unschedulable": {},
          },
        },
      ]);
      const down = await patch("/api/v1/nodes/managed/status?fieldManager=s", {
        status: { conditions: [{ type: "Ready", status: "False" }], nodeInfo: { kubeletVersion: "v1" } },
      });
      expect(fieldsOf(down, "s")).toEqual([
        {
          "f:status": {
            "f:conditions": { 'k:{"type":"Ready"}': { "f:status": {} } },
            "f:nodeInfo": { "f:kubeletVersion": {} },
          },
        },
      ]);
      await bench.client().delete("/api/v1/nodes/managed");
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "managed-too" } };
      expect(fieldsOf(await send("POST", "/api/v1/namespaces?fieldManager=m", namespace), "m")).toEqual([
        { "f:metadata": { "f:labels": { ".": {}, "f:kubernetes.io/metadata.name": {} } } },
      ]);
    });

    test("an object that is written back as it was read keeps its managers; an empty entry forgets them", async () => {
      const made = await send("POST", `${pools}?fieldManager=a`, pool("back"));
      const changed = { ...made, spec: { ...made.spec, autoAssign: false } };
      const written = await send("PUT", `${pools}/back?fieldManager=b`, changed);
      expect(managersOf(written)).toEqual(["a Update -", "b Update -"]);
      const bare = { ...written, metadata: { ...written.metadata, managedFields: undefined } };
      const same = await send("PUT", `${pools}/back?fieldManager=c`, bare);
      expect(same.metadata).toEqual(written.metadata);
      const forgotten = await patch(`${pools}/back`, { metadata: { managedFields: [{}] } });
      expect(forgotten.metadata).not.toHaveProperty("managedFields");
      const later = await patch(`${pools}/back`, { metadata: { labels: { q: "1" } } });
      expect(later.metadata).not.toHaveProperty("managedFields");
    });
  });
}
