import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import { ownerMac, whoHas } from "../../topology/neighbour-probe.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";

const foreignStatus = { loadBalancer: { ingress: [{ ip: "192.168.7.45" }] } };

async function labWithThreeClasses(lbClass: readonly string[]): Promise<Lab> {
  const lab = await Lab.create({ nodes: 1 });
  await lab.apply(poolObject("lan", ["192.168.7.40-192.168.7.49"]), l2AdvertisementObject("lan"));
  for (const [name, spec] of [
    ["plain", {}],
    ["ours", { loadBalancerClass: "example.com/ours" }],
    ["foreign", { loadBalancerClass: "example.com/foreign" }],
  ] as const) {
    await lab.createService(name, "IPv4", { endpointsOn: [1], spec });
  }
  // Somebody else's controller gave its Service an address that happens to lie in our pool.
  await lab.patchServiceStatus("foreign", foreignStatus);
  await lab.startOperator(lbClass);
  await lab.startAgents(lbClass);
  return lab;
}

describeNetwork("without --lb-class", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await labWithThreeClasses([]);
  });
  afterAll(() => lab.end());

  test("a Service without a class is served; one of another class is left alone by both programs", async () => {
    const before = await lab.service("foreign");
    const [address = ""] = await lab.untilAddresses("plain", 1);
    await eventually("an owner", () => ownerMac(lab.network.client, "eth0", address));
    expect(await lab.service("foreign")).toEqual(before);
    expect((await lab.service("ours")).status).toEqual({ loadBalancer: {} });
    expect(await whoHas(lab.network.client, "eth0", "192.168.7.45", { forMillis: 300 })).toEqual([]);
  });
});

describeNetwork("with --lb-class example.com/ours", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await labWithThreeClasses(["--lb-class", "example.com/ours"]);
  });
  afterAll(() => lab.end());

  test("only Services of that class are served", async () => {
    const before = await lab.service("foreign");
    const [address = ""] = await lab.untilAddresses("ours", 1);
    await eventually("an owner", () => ownerMac(lab.network.client, "eth0", address));
    expect(await lab.service("foreign")).toEqual(before);
    expect((await lab.service("plain")).status).toEqual({ loadBalancer: {} });
    expect(await whoHas(lab.network.client, "eth0", "192.168.7.45", { forMillis: 300 })).toEqual([]);
  });
});
