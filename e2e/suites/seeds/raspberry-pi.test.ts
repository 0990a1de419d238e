import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import { whoHas } from "../../topology/neighbour-probe.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";

// A real bad day: one node, a pool, an address in EXTERNAL-IP, and nothing outside could reach it.
describeNetwork("a single-node cluster whose pool nobody advertises", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1 });
    await lab.apply(poolObject("home", ["192.168.7.40-192.168.7.49"]));
    await lab.startOperator();
    await lab.startAgents();
  });
  afterAll(() => lab.end());

  test("the address is unreachable and the Service says why; with the advertisement it works and says that", async () => {
    await lab.createService("web", "IPv4", { endpointsOn: [1] });
    expect(await lab.untilAddresses("web", 1)).toEqual(["192.168.7.40"]);

    const mute = await lab.untilCondition("web", "steelyard.io/Announced", "False");
    expect(mute.reason).toBe("NoAdvertisement");
    expect(mute.message).toContain("192.168.7.40");
    expect(mute.message).toContain("L2Advertisement");
    expect(mute.message).toContain("home");
    expect(await whoHas(lab.network.client, "eth0", "192.168.7.40", { forMillis: 300 })).toEqual([]);

    await lab.apply(l2AdvertisementObject("home", { ipAddressPools: ["home"] }));
    expect(await lab.reach("http://192.168.7.40/")).toBe("pod1");
    const heard = await lab.untilCondition("web", "steelyard.io/Announced", "True");
    expect(heard.message).toContain("node1");
  });

  test("the advertisement taken away again silences the address and brings the explanation back", async () => {
    await lab.remove(l2AdvertisementObject("home"));
    await lab.untilSilent("192.168.7.40");
    const mute = await lab.untilCondition("web", "steelyard.io/Announced", "False");
    expect(mute.reason).toBe("NoAdvertisement");
    await eventually(
      "the address itself to stay",
      async () => (await lab.addresses("web"))[0] === "192.168.7.40",
    );
  });
});
