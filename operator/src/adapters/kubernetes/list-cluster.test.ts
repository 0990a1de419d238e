import { expect, test } from "@jest/globals";
import { KubeClient, KubeError } from "@steelyard/client";
import { serviceOf } from "../../core/testing/services.ts";
import { listCluster } from "./list-cluster.ts";
import { MemoryApi } from "./testing/memory-api.ts";

const pools = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools";
const { signal } = new AbortController();

test("the cluster is listed once, Services of all namespaces and pools of one, with all that stands in them", async () => {
  const api = new MemoryApi();
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}" };
  const lan = { metadata: { name: "lan", annotations }, spec: { addresses: ["192.0.2.0/28"] } };
  api.put(`${pools}/lan`, lan);
  api.put("/api/v1/namespaces/shop", { metadata: { name: "shop" } });
  api.put("/api/v1/namespaces/shop/services/web", serviceOf("shop/web"));
  const cluster = await listCluster(new KubeClient(api.transport), "metallb-system", signal);
  expect(cluster.pools).toMatchObject([lan]);
  expect(cluster.namespaces.map(({ metadata }) => metadata.name)).toEqual(["shop"]);
  expect(cluster.services.map(({ metadata }) => metadata.name)).toEqual(["web"]);
  expect([...api.requests].sort()).toEqual(
    [`GET ${pools}`, "GET /api/v1/namespaces", "GET /api/v1/services"].sort(),
  );
});

test("a cluster without the kinds of metallb.io says so", async () => {
  const api = new MemoryApi();
  api.failWith(({ path }) =>
    path === pools ? new KubeError({ code: "not-found", message: "not found", status: 404 }) : undefined,
  );
  const listed = listCluster(new KubeClient(api.transport), "metallb-system", signal);
  await expect(listed).rejects.toThrow("the cluster knows no IPAddressPools");
});
