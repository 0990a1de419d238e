import { expect, test } from "@jest/globals";
import { bgpPeers, ipAddressPools, KubeError, type KubeRequest, l2Advertisements } from "@steelyard/client";
import { servedKinds } from "./served-kinds.ts";

const { signal } = new AbortController();
const types = [ipAddressPools, l2Advertisements, bgpPeers];

function serverWith(answers: Readonly<Record<string, unknown>>) {
  return {
    request({ path }: KubeRequest) {
      const body = answers[path];
      return body instanceof Error
        ? Promise.reject(body)
        : Promise.resolve({ status: 200, headers: {}, body });
    },
  };
}

const absent = new KubeError({ code: "not-found", message: "not found", status: 404 });

test("a kind counts in the version it is asked for, and not before its group is there", async () => {
  const pools = { resources: [{ kind: "IPAddressPool" }, { kind: "IPAddressPool" }, { kind: "BGPPeer" }] };
  const server = serverWith({
    "/apis/metallb.io/v1beta1": pools,
    "/apis/metallb.io/v1beta2": absent,
  });
  expect(await servedKinds(types, server, signal)).toEqual(["IPAddressPool"]);
});

test("an answer of another shape names no kind, and a failure is told", async () => {
  const strange = { "/apis/metallb.io/v1beta1": { resources: 1 }, "/apis/metallb.io/v1beta2": undefined };
  expect(await servedKinds(types, serverWith(strange), signal)).toEqual([]);
  const failure = new KubeError({ code: "unavailable", message: "no etcd", status: 503 });
  const broken = serverWith({ ...strange, "/apis/metallb.io/v1beta2": failure });
  await expect(servedKinds(types, broken, signal)).rejects.toThrow("no etcd");
});
