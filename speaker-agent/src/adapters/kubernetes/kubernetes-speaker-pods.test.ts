import { expect, test } from "@jest/globals";
import { KubeClient, type KubeTransport } from "@steelyard/client";
import { ip } from "../../core/wire/testing/ip.ts";
import { KubernetesSpeakerPods } from "./kubernetes-speaker-pods.ts";

function podsOf(...statuses: object[]) {
  const requests: unknown[] = [];
  const request = (sent: Record<string, unknown>) => {
    requests.push([sent["method"], sent["path"], sent["query"]]);
    const items = statuses.map((status, index) => ({ metadata: { name: `speaker-${index}` }, status }));
    return Promise.resolve({ status: 200, headers: {}, body: { metadata: { resourceVersion: "1" }, items } });
  };
  const client = new KubeClient({ request } as unknown as KubeTransport);
  const selection = { namespace: "metallb-system", labelSelector: "app=metallb,component=speaker" };
  return { pods: new KubernetesSpeakerPods(selection, { client }), requests };
}

test("asks for the Pods with the labels in its own namespace, and does not watch", async () => {
  const { pods, requests } = podsOf();
  expect(await pods.list()).toEqual([]);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject([
    "GET",
    "/api/v1/namespaces/metallb-system/pods",
    { labelSelector: "app=metallb,component=speaker" },
  ]);
});

test("every Pod with an address counts, unless it has ended", async () => {
  const { pods } = podsOf(
    { phase: "Running", podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "2001:db8::1" }] },
    { phase: "Pending" },
    { phase: "Failed", podIP: "10.0.0.2" },
    { phase: "Succeeded", podIP: "10.0.0.3" },
    { phase: "Pending", podIP: "10.0.0.4" },
  );
  expect(await pods.list()).toEqual([[ip("10.0.0.1"), ip("2001:db8::1")], [ip("10.0.0.4")]]);
});
