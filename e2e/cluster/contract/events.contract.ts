import { describe, expect, test } from "@jest/globals";
import { type ClusterObject } from "../client.ts";
import { type Bench, mergePatch, refusalOf } from "./bench.ts";

/** Events, Leases, namespaces and EndpointSlices: what programs and clusters keep beside the Services. */
export function eventContract(bench: Bench): void {
  describe("events, leases and the like", () => {
    bench.namespace("events");

    const event = (name: string, involved: string): object => ({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace: "events" },
      involvedObject: {
        apiVersion: "v1",
        kind: "Service",
        namespace: "events",
        name: involved,
        uid: `uid-of-${involved}`,
      },
      reason: "IPAllocated",
      message: "assigned",
      type: "Normal",
      source: { component: "metallb-controller" },
      firstTimestamp: "2026-11-22T08:00:00Z",
      lastTimestamp: "2026-11-22T08:00:00Z",
      count: 1,
    });

    test("events are found by the object they are about", async () => {
      const client = bench.client();
      const events = "/api/v1/namespaces/events/events";
      await client.create(events, event("a.1", "a"));
      await client.create(events, event("b.1", "b"));
      const selectors = [
        "involvedObject.name=a",
        "involvedObject.name=a,involvedObject.kind=Service,involvedObject.namespace=events,involvedObject.uid=uid-of-a",
        "involvedObject.name!=b,reason=IPAllocated,type=Normal",
      ];
      for (const selector of selectors) {
        const found = await client.list(`${events}?fieldSelector=${encodeURIComponent(selector)}`);
        expect(found.map(({ metadata }) => metadata.name)).toEqual(["a.1"]);
      }
      expect(await client.mergePatch(`${events}/a.1`, { count: 2 })).toMatchObject({ count: 2 });
    });

    test("an event about an object of another namespace is refused", async () => {
      const body = {
        ...event("c.1", "c"),
        involvedObject: { kind: "Service", namespace: "other", name: "c" },
      };
      expect(
        refusalOf(await bench.client().request("POST", "/api/v1/namespaces/events/events", { body })).code,
      ).toBe(422);
    });

    test("an event of the newer sort has more that is required", async () => {
      const body = { ...event("n.1", "n"), eventTime: "2026-11-22T08:00:00.000000Z" };
      expect(
        refusalOf(await bench.client().request("POST", "/api/v1/namespaces/events/events", { body })).causes,
      ).toEqual(
        expect.arrayContaining([
          "FieldValueRequired action",
          "FieldValueRequired reportingComponent",
          "FieldValueRequired reportingInstance",
        ]),
      );
    });

    test("an event shows what it does not know", async () => {
      const made = await bench.client().create("/api/v1/namespaces/events/events", {
        metadata: { name: "bare" },
        involvedObject: { namespace: "events" },
      });
      expect(made).toMatchObject({
        source: {},
        firstTimestamp: null,
        lastTimestamp: null,
        eventTime: null,
        reportingComponent: "",
        reportingInstance: "",
      });
    });

    test("times with microseconds have six digits, no more and no less", async () => {
      const leases = "/apis/coordination.k8s.io/v1/namespaces/events/leases";
      for (const renewTime of ["2026-11-22T08:00:00Z", "2026-11-22T08:00:00.5Z", "now"]) {
        const body = { metadata: { name: "t" }, spec: { renewTime } };
        expect(refusalOf(await bench.client().request("POST", leases, { body }))).toMatchObject({
          code: 400,
          reason: "BadRequest",
        });
      }
    });

    test("a lease is taken over only with the version that was read", async () => {
      const client = bench.client();
      const leases = "/apis/coordination.k8s.io/v1/namespaces/events/leases";
      const spec = {
        holderIdentity: "a",
        leaseDurationSeconds: 15,
        renewTime: "2026-11-22T08:00:00.000000Z",
        acquireTime: "2026-11-22T08:00:00.000000Z",
      };
      const made = await client.create<ClusterObject>(leases, {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "l" },
        spec,
      });
      expect(made.spec).toEqual(spec);
      const renewed = { ...made, spec: { ...spec, holderIdentity: "b", leaseTransitions: 1 } };
      expect((await client.replace<ClusterObject>(`${leases}/l`, renewed)).spec).toMatchObject({
        holderIdentity: "b",
      });
      expect(refusalOf(await client.request("PUT", `${leases}/l`, { body: renewed }))).toMatchObject({
        code: 409,
        reason: "Conflict",
      });
      const unread = { ...made, metadata: { name: "l" } };
      expect(refusalOf(await client.request("PUT", `${leases}/l`, { body: unread }))).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid metadata.resourceVersion"],
      });
      const negative = await client.request("PATCH", `${leases}/l`, {
        ...mergePatch,
        body: { spec: { leaseDurationSeconds: -1 } },
      });
      expect(refusalOf(negative)).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid spec.leaseDurationSeconds"],
      });
    });

    test("a namespace is active and carries its own name as a label", async () => {
      expect(await bench.client().get("/api/v1/namespaces/events")).toMatchObject({
        metadata: { labels: { "kubernetes.io/metadata.name": "events" } },
        spec: { finalizers: ["kubernetes"] },
        status: { phase: "Active" },
      });
    });

    test("a namespace that is deleted is terminating and takes nothing new", async () => {
      const client = bench.client();
      await client.create("/api/v1/namespaces", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "leaving" },
      });
      const configMap = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "held", finalizers: ["steelyard.io/test"] },
      };
      await client.create("/api/v1/namespaces/leaving/configmaps", configMap);
      expect(await client.delete("/api/v1/namespaces/leaving")).toMatchObject({
        status: { phase: "Terminating" },
      });
      const late = { ...configMap, metadata: { name: "late" } };
      const reply = await client.request("POST", "/api/v1/namespaces/leaving/configmaps", { body: late });
      expect(refusalOf(reply)).toMatchObject({ code: 403, reason: "Forbidden" });
    });

    test("an endpoint slice keeps its conditions and node names", async () => {
      const endpoints = [
        {
          addresses: ["10.1.1.1"],
          conditions: { ready: false, serving: true, terminating: true },
          nodeName: "node1",
        },
      ];
      const slice = {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "s" },
        addressType: "IPv4",
        endpoints,
        ports: [{ name: "http", port: 80 }],
      };
      const made = await bench
        .client()
        .create("/apis/discovery.k8s.io/v1/namespaces/events/endpointslices", slice);
      expect(made).toMatchObject({
        addressType: "IPv4",
        endpoints,
        ports: [{ name: "http", port: 80, protocol: "TCP" }],
      });
    });

    test("an endpoint slice of nothing shows null", async () => {
      const slices = "/apis/discovery.k8s.io/v1/namespaces/events/endpointslices";
      const made = await bench
        .client()
        .create(slices, { metadata: { name: "empty" }, addressType: "IPv4", endpoints: [], ports: [] });
      expect(made).toMatchObject({ endpoints: null, ports: null });
      const filled = await bench
        .client()
        .mergePatch(`${slices}/empty`, { endpoints: [{ addresses: ["10.1.1.1"] }] });
      expect(filled).toMatchObject({
        endpoints: [{ addresses: ["10.1.1.1"], conditions: {} }],
        metadata: { generation: 2 },
      });
    });

    test("an endpoint slice without addresses of its type is refused", async () => {
      const slices = "/apis/discovery.k8s.io/v1/namespaces/events/endpointslices";
      const slice = (endpoints: unknown): object => ({
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "bad" },
        addressType: "IPv4",
        endpoints,
      });
      expect(
        refusalOf(await bench.client().request("POST", slices, { body: slice([{ addresses: [] }]) })).code,
      ).toBe(422);
      expect(
        refusalOf(await bench.client().request("POST", slices, { body: slice([{ addresses: ["fd00::1"] }]) }))
          .code,
      ).toBe(422);
      const untyped = {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "bad" },
        endpoints: [],
      };
      expect(refusalOf(await bench.client().request("POST", slices, { body: untyped }))).toMatchObject({
        code: 422,
        causes: ["FieldValueRequired addressType"],
      });
    });
  });
}
