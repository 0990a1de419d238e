import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { Lab } from "../../topology/lab.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";

describeNetwork("as a pod: service account, TLS, no kubeconfig", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1, access: "service-account" });
    await lab.apply(poolObject("lan", ["192.168.7.40/32"]), l2AdvertisementObject("lan"));
    await lab.startOperator();
    await lab.startAgents();
  });
  afterAll(() => lab.end());

  test("the whole line works", async () => {
    await lab.createService("web", "IPv4", { endpointsOn: [1] });
    expect(await lab.untilAddresses("web", 1)).toEqual(["192.168.7.40"]);
    expect(await lab.reach("http://192.168.7.40/")).toBe("pod1");
  });
});
