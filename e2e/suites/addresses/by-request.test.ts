import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import { ownerMac } from "../../topology/neighbour-probe.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";
import { podPort } from "../../topology/pod-server.ts";

const byAnnotation = "metallb.io/loadBalancerIPs";
const sharingKey = { "metallb.io/allow-shared-ip": "front" };

describeNetwork("a Service that asks for an address", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create({ nodes: 2 });
    await lab.apply(
      poolObject("lan", ["192.168.7.40-192.168.7.49"]),
      poolObject("reserved", ["192.168.7.60-192.168.7.61"], { autoAssign: false }),
      l2AdvertisementObject("all"),
    );
    await lab.startOperator();
    await lab.startAgents();
  });
  afterEach(() => lab.removeServices());
  afterAll(() => lab.end());

  const answersFor = (address: string) =>
    eventually(`an answer for ${address}`, () => ownerMac(lab.network.client, "eth0", address));

  test("gets it and is reachable there; asking for another moves it, with one event that names both", async () => {
    await lab.createService("web", "IPv4", {
      endpointsOn: [1],
      annotations: { [byAnnotation]: "192.168.7.45" },
    });
    expect(await lab.untilAddresses("web", 1)).toEqual(["192.168.7.45"]);
    expect(await lab.reach("http://192.168.7.45/")).toBe("pod1");

    await lab.annotateService("web", { [byAnnotation]: "192.168.7.61" });
    await eventually("the new address", async () => (await lab.addresses("web"))[0] === "192.168.7.61");
    expect(await lab.reach("http://192.168.7.61/")).toBe("pod1");
    await lab.untilSilent("192.168.7.45");
    const change = await eventually("the event", async () =>
      (await lab.events("web")).find(({ reason }) => reason === "ClearAssignment"),
    );
    expect(change.message).toMatch(
      /^192\.168\.7\.45 becomes 192\.168\.7\.61: .*loadBalancerIPs: 192\.168\.7\.61/,
    );
  });

  test("keeps what it has while somebody else holds what it asks for, and gets it when that one goes", async () => {
    await lab.createService("holder", "IPv4", { annotations: { [byAnnotation]: "192.168.7.42" } });
    await lab.untilAddresses("holder", 1);
    await lab.createService("web", "IPv4", { endpointsOn: [1] });
    expect(await lab.untilAddresses("web", 1)).toEqual(["192.168.7.40"]);

    await lab.annotateService("web", { [byAnnotation]: "192.168.7.42" });
    const refusal = await lab.untilCondition("web", "steelyard.io/Allocated", "False");
    expect(refusal).toMatchObject({ reason: "RequestedAddressHeld" });
    expect(refusal.message).toMatch(/^192\.168\.7\.40 stays: 192\.168\.7\.42 .* is held by default\/holder/);
    await answersFor("192.168.7.40");

    await lab.removeService("holder");
    await eventually("the address asked for", async () => (await lab.addresses("web"))[0] === "192.168.7.42");
  });

  test("in MetalLB's old words, of a pool that gives nothing automatically, gets it and is told the new word", async () => {
    await lab.createService("web", "IPv4", {
      annotations: { "metallb.universe.tf/address-pool": "reserved" },
    });
    expect(await lab.untilAddresses("web", 1)).toEqual(["192.168.7.60"]);
    await eventually("the event", async () =>
      (await lab.events("web")).some(({ reason }) => reason === "deprecatedAnnotation"),
    );
  });

  test("shares it with one that uses other ports; a third with a port that is taken is told which", async () => {
    await lab.createService("web", "IPv4", { endpointsOn: [1], annotations: sharingKey });
    const [address = ""] = await lab.untilAddresses("web", 1);
    const alt = [{ name: "http", port: 8080, targetPort: podPort, protocol: "TCP" }];
    await lab.createService("alt", "IPv4", {
      endpointsOn: [2],
      annotations: sharingKey,
      spec: { ports: alt },
    });
    expect(await lab.untilAddresses("alt", 1)).toEqual([address]);
    expect(await lab.reach(`http://${address}/`)).toBe("pod1");
    expect(await lab.reach(`http://${address}:8080/`)).toBe("pod2");
    await answersFor(address);

    await lab.createService("third", "IPv4", { annotations: { ...sharingKey, [byAnnotation]: address } });
    const refusal = await lab.untilCondition("third", "steelyard.io/Allocated", "False");
    expect(refusal).toMatchObject({
      reason: "SharingRefused",
      message: expect.stringContaining("which uses port TCP/80 too"),
    });
  });
});
