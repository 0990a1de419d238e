import { describe, expect, test } from "@jest/globals";
import { type IpAddressPoolResource, type ServiceResource } from "@steelyard/model/resources";
import { type ClusterWriter } from "./cluster-writer.ts";

export interface ClusterWriterHarness {
  readonly writer: ClusterWriter;
  /** Each gives the object as it is stored, with its version. */
  readonly putService: (service: ServiceResource) => ServiceResource;
  readonly putPool: (pool: IpAddressPoolResource) => IpAddressPoolResource;
  readonly getService: (key: string) => ServiceResource | undefined;
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

    test("writes the counters of a pool and leaves its spec alone", async () => {
      const { writer, putPool, getPool } = open();
      const { resourceVersion } = putPool(edge).metadata;
      const status = { assignedIPv4: 1, assignedIPv6: 0, availableIPv4: 255, availableIPv6: 0 };
      const patch = { metadata: withVersion(resourceVersion), status };
      expect(await writer.patchPoolStatus("metallb-system/edge", patch, signal)).toMatchObject({
        at: "written",
      });
      expect(getPool("metallb-system/edge")).toMatchObject({ spec: edge.spec, status });
    });
  });
}
