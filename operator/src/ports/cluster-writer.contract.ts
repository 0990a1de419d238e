import { describe, expect, test } from "@jest/globals";
import {
  type Condition,
  type ConfigurationStateResource,
  type IpAddressPoolResource,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type ClusterWriter } from "./cluster-writer.ts";

export interface ClusterWriterHarness {
  readonly writer: ClusterWriter;
  /** Each gives the object as it is stored, with its version. */
  readonly putService: (service: ServiceResource) => ServiceResource;
  readonly putPool: (pool: IpAddressPoolResource) => IpAddressPoolResource;
  readonly getService: (key: string) => ServiceResource | undefined;
  readonly getState: (name: string) => ConfigurationStateResource | undefined;
  readonly getPool: (key: string) => IpAddressPoolResource | undefined;
}

const web: ServiceResource = {
  metadata: { namespace: "shop", name: "web", annotations: { "metallb.io/ip-allocated-from-pool": "old" } },
  spec: { type: "LoadBalancer" },
  status: { loadBalancer: { ingress: [{ ip: "192.0.2.1", ipMode: "VIP" }] } },
};
const edge: IpAddressPoolResource = {
  apiVersion: "metallb.io/v1beta1",
  kind: "IPAddressPool",
  metadata: { namespace: "metallb-system", name: "edge" },
  spec: { addresses: ["192.0.2.0/24"], autoAssign: true, avoidBuggyIPs: false },
};
const valid: Condition = {
  type: "steelyard.io/Valid",
  status: "True",
  reason: "Accepted",
  message: "",
  lastTransitionTime: "2026-11-22T08:00:00Z",
};
const { signal } = new AbortController();

/** What every ClusterWriter has to do, against any kind of cluster. */
export function clusterWriterContract(name: string, open: () => ClusterWriterHarness): void {
  const withVersion = (resourceVersion: string | undefined) =>
    resourceVersion === undefined ? {} : { resourceVersion };

  describe(`${name} as a ClusterWriter`, () => {
    test("merges the patch into the status, and null takes away", async () => {
      const { writer, putService, getService } = open();
      const { resourceVersion } = putService(web).metadata;
      const patch = {
        metadata: {
          ...withVersion(resourceVersion),
          annotations: { "metallb.io/ip-allocated-from-pool": null },
        },
        status: { loadBalancer: { ingress: null } },
      };
      expect(await writer.patchServiceStatus("shop/web", patch, signal)).toMatchObject({ at: "written" });
      const stored = getService("shop/web");
      expect(stored?.metadata.annotations).toEqual({});
      expect(stored?.status).toEqual({ loadBalancer: {} });
      expect(stored?.spec).toEqual(web.spec);
      expect(stored?.metadata.resourceVersion).not.toBe(resourceVersion);
    });

    test("changes nothing when our copy is stale", async () => {
      const { writer, putService, getService } = open();
      const { resourceVersion } = putService(web).metadata;
      putService({ ...web, metadata: { ...web.metadata, labels: { changed: "meanwhile" } } });
      const patch = { metadata: withVersion(resourceVersion), status: { loadBalancer: { ingress: null } } };
      expect(await writer.patchServiceStatus("shop/web", patch, signal)).toEqual({ at: "conflict" });
      expect(getService("shop/web")?.status).toEqual(web.status);
    });

    test("says that the object is gone", async () => {
      const { writer } = open();
      const patch = { metadata: {}, status: {} };
      expect(await writer.patchServiceStatus("shop/web", patch, signal)).toEqual({ at: "gone" });
    });

    describe("the counters of a pool", () => {
      const key = "metallb-system/edge";
      const counters = { assignedIPv4: 1, assignedIPv6: 0, availableIPv4: 255, availableIPv6: 0 };

      test("are written, and the rest of the pool is left alone", async () => {
        const { writer, putPool, getPool } = open();
        const conditions = [{ ...valid }];
        putPool({ ...edge, status: { ...counters, assignedIPv4: 99, conditions } });
        expect(await writer.applyPoolStatus(key, counters, signal)).toMatchObject({ at: "written" });
        expect(getPool(key)).toMatchObject({ spec: edge.spec, status: { ...counters, conditions } });
      });

      test("are written whatever our copy shows, because they belong to us alone", async () => {
        const { writer, putPool, getPool } = open();
        putPool(edge);
        putPool({ ...edge, metadata: { ...edge.metadata, labels: { changed: "meanwhile" } } });
        expect(await writer.applyPoolStatus(key, counters, signal)).toMatchObject({ at: "written" });
        expect(getPool(key)).toMatchObject({
          metadata: { labels: { changed: "meanwhile" } },
          status: counters,
        });
      });

      test("are no change when they are there", async () => {
        const { writer, putPool, getPool } = open();
        putPool(edge);
        await writer.applyPoolStatus(key, counters, signal);
        const resourceVersion = getPool(key)?.metadata.resourceVersion;
        expect(await writer.applyPoolStatus(key, counters, signal)).toEqual({
          at: "written",
          resourceVersion,
        });
      });

      test("of a pool that is gone are not written", async () => {
        expect(await open().writer.applyPoolStatus(key, counters, signal)).toEqual({ at: "gone" });
      });
    });

    test("sets our condition on an object of configuration and leaves the rest of its status alone", async () => {
      const { writer, putPool, getPool } = open();
      const counters = { assignedIPv4: 1, assignedIPv6: 0, availableIPv4: 255, availableIPv6: 0 };
      const foreign = { ...valid, type: "example.com/Checked" };
      putPool({ ...edge, status: { ...counters, conditions: [foreign, { ...valid, status: "False" }] } });
      const object = { kind: "IPAddressPool", key: "metallb-system/edge" } as const;
      expect(await writer.applyObjectCondition(object, valid, signal)).toMatchObject({ at: "written" });
      expect(getPool("metallb-system/edge")).toMatchObject({
        spec: edge.spec,
        status: { ...counters, conditions: [foreign, valid] },
      });
    });

    test("writes no condition on an object that is gone", async () => {
      const object = { kind: "BGPPeer", key: "metallb-system/tor" } as const;
      expect(await open().writer.applyObjectCondition(object, valid, signal)).toEqual({ at: "gone" });
    });

    test("creates a ConfigurationState once, and says in it what is to be said", async () => {
      const { writer, getState } = open();
      const key = "metallb-system/controller";
      const labels = { "metallb.io/component-type": "controller" };
      expect(await writer.createConfigurationState(key, labels, signal)).toMatchObject({ at: "written" });
      expect(await writer.createConfigurationState(key, {}, signal)).toMatchObject({ at: "written" });
      const conditions = [{ ...valid, type: "poolReconcilerValid" }];
      const status = { result: "Valid", errorSummary: "", conditions } as const;
      const apply = { fieldManager: "poolReconciler", status };
      expect(await writer.applyConfigurationState(key, apply, signal)).toMatchObject({ at: "written" });
      expect(getState("controller")).toMatchObject({ metadata: { name: "controller", labels }, status });
    });
  });
}
