import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeOnBothServers } from "../../topology/describe-on-both-servers.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import {
  bgpPeerObject,
  configurationStateObject,
  l2AdvertisementObject,
  poolObject,
} from "../../topology/objects.ts";
import { type Program } from "../../topology/program.ts";

// Whoever swaps the programs first and the definitions later has objects that cannot carry our condition.
describeOnBothServers("with MetalLB's own definitions installed", (api) => {
  let lab: Lab;
  let operator: Program;

  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1, api, definitions: "metallb" });
    await lab.apply(poolObject("lan", ["192.168.7.40/32"]), l2AdvertisementObject("lan"));
    for (const number of [1, 2, 3])
      await lab.apply(
        bgpPeerObject(`tor-${number}`, { myASN: 1, peerASN: 2, peerAddress: `192.0.2.${number}` }),
      );
    operator = await lab.startOperator();
    await lab.startAgents();
  }, 60_000);
  afterAll(() => lab.end());

  test("the line works, and so does the ConfigurationState", async () => {
    await lab.createService("web", "IPv4", { endpointsOn: [1] });
    expect(await lab.untilAddresses("web", 1)).toEqual(["192.168.7.40"]);
    expect(await lab.reach("http://192.168.7.40/")).toBe("pod1");
    await eventually("a valid configuration", async () => {
      const { status } = await lab.get(configurationStateObject("controller"));
      return status?.["result"] === "Valid";
    });
  });

  test("that there is no condition is noticed once per kind, said once, and never asked again", async () => {
    const conditionWrites = async (): Promise<readonly string[]> =>
      (await lab.writes())
        .filter(({ subresource }) => subresource === "status")
        // A pool's status has its counters, which are written all the time.
        .filter(({ resource, code }) => !resource.startsWith("ipaddresspools") || code >= 400)
        .map(({ resource }) => resource)
        .filter((resource) => /^(ipaddresspools|l2advertisements|bgppeers)/.test(resource))
        .sort();
    for (const kind of ["IPAddressPool", "L2Advertisement", "BGPPeer"])
      await operator.line((line) => line["sort"] === `condition on ${kind}`);
    await lab.apply(bgpPeerObject("tor-4", { myASN: 1, peerASN: 2, peerAddress: "192.0.2.4" }));
    await lab.apply(poolObject("lan", ["192.168.7.40-192.168.7.41"]));
    await lab.createService("second");
    expect(await lab.untilAddresses("second", 1)).toEqual(["192.168.7.41"]);
    expect(await conditionWrites()).toEqual([
      "bgppeers.metallb.io",
      "ipaddresspools.metallb.io",
      "l2advertisements.metallb.io",
    ]);
  });
});
