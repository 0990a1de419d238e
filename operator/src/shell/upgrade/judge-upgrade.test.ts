import { expect, test } from "@jest/globals";
import { clusterOf, service, withSpec } from "../../core/upgrade/testing/cluster.ts";
import { type ClusterSnapshot } from "../../core/upgrade/index.ts";
import { inertFlags } from "../../core/upgrade/index.ts";
import { operatorFlags } from "../flags.ts";
import { judgeUpgrade } from "./judge-upgrade.ts";

function holder(name: string, address: string): ClusterSnapshot["services"][number] {
  const annotations = { "metallb.io/ip-allocated-from-pool": "lan" };
  return { ...service(name, {}, { annotations }), status: { loadBalancer: { ingress: [{ ip: address }] } } };
}

test("what becomes of addresses is what the operator would do", () => {
  const snapshot = clusterOf({ services: [holder("in", "192.0.2.1"), holder("out", "203.0.113.1")] });
  const report = judgeUpgrade(snapshot, { lbClasses: [], timestamp: "2026-11-30T12:00:00Z" });
  if (!report.ok) throw new Error(report.error);
  const found = report.value.findings.filter(({ object }) => object.startsWith("Service"));
  expect(found.map(({ severity, object }) => `${severity} ${object}`)).toEqual(["traffic Service shop/out"]);
  expect(report.value.verdict).toBe("changes-traffic");
});

test("a cluster of MetalLB's at rest keeps every address", () => {
  const pools = [withSpec("lan", { addresses: ["192.0.2.0/28"] })];
  const snapshot = clusterOf({
    ipAddressPools: pools,
    services: [holder("a", "192.0.2.1"), holder("b", "192.0.2.9")],
  });
  const report = judgeUpgrade(snapshot, { lbClasses: [], timestamp: "2026-11-30T12:00:00Z" });
  expect(report).toMatchObject({ ok: true, value: { verdict: "same" } });
});

test("flags that are said to have no effect are those that have none", () => {
  const ours = operatorFlags.filter((flag) => "inert" in flag).map(({ name }) => name);
  expect(ours).toEqual(expect.arrayContaining(Object.keys(inertFlags.controller)));
});
