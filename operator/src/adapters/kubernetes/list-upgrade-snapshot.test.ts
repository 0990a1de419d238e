import { expect, test } from "@jest/globals";
import { KubeClient, KubeError } from "@steelyard/client";
import { listUpgradeSnapshot } from "./list-upgrade-snapshot.ts";
import { MemoryApi } from "./testing/memory-api.ts";

const namespace = "metallb-system";
const peers = `/apis/metallb.io/v1beta2/namespaces/${namespace}/bgppeers`;
const secrets = `/api/v1/namespaces/${namespace}/secrets`;
const { signal } = new AbortController();

function snapshotOf(api: MemoryApi): ReturnType<typeof listUpgradeSnapshot> {
  return listUpgradeSnapshot(new KubeClient(api.transport), namespace, signal);
}

test("everything is listed once, and only Secrets that BGPPeers name are read, without their values", async () => {
  const api = new MemoryApi();
  const spec = { passwordSecret: { name: "tor" } };
  for (const name of ["a", "b"]) api.put(`${peers}/${name}`, { metadata: { name, namespace }, spec });
  const secret = {
    metadata: { name: "tor", namespace },
    type: "kubernetes.io/basic-auth",
    data: { password: "c2VjcmV0" },
  };
  api.put(`${secrets}/tor`, secret);
  api.put(`/apis/apps/v1/namespaces/${namespace}/deployments/controller`, {
    metadata: { name: "controller", namespace },
  });
  const snapshot = await snapshotOf(api);
  expect(snapshot.secrets).toEqual([
    { name: "tor", found: { type: "kubernetes.io/basic-auth", keys: ["password"] } },
  ]);
  expect(JSON.stringify(snapshot)).not.toContain("c2VjcmV0");
  expect(snapshot.deployments).toHaveLength(1);
  expect(snapshot.unread).toEqual([]);
  expect(new Set(api.requests).size).toBe(api.requests.length);
  expect(api.requests.every((request) => request.startsWith("GET "))).toBe(true);
});

test("a kind that is not there is empty, one that may not be read is named, anything else is an error", async () => {
  const api = new MemoryApi();
  api.failWith(({ path }) => {
    if (path.endsWith("frrconfigurations"))
      return new KubeError({ code: "not-found", message: "no", status: 404 });
    if (path.endsWith("nodes")) return new KubeError({ code: "forbidden", message: "no", status: 403 });
    return undefined;
  });
  expect(await snapshotOf(api)).toMatchObject({
    frrConfigurations: [],
    nodes: [],
    unread: ["nodes: forbidden"],
  });
  api.failWith(() => new KubeError({ code: "connection", message: "refused" }));
  await expect(snapshotOf(api)).rejects.toThrow("refused");
});
