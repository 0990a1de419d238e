import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type ClusterObject } from "../../cluster/index.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import { ownerMac } from "../../topology/neighbour-probe.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";
import { pathOf } from "../../topology/resource-paths.ts";

describeNetwork("bad input is named, and what worked goes on working", () => {
  let lab: Lab;
  const address = "192.168.7.40";

  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1 });
    await lab.apply(poolObject("lan", ["192.168.7.40-192.168.7.41"]), l2AdvertisementObject("lan"));
    await lab.startOperator();
    await lab.startAgents();
    await lab.createService("web", "IPv4", { endpointsOn: [1] });
    expect(await lab.untilAddresses("web", 1)).toEqual([address]);
    expect(await lab.reach(`http://${address}/`)).toBe("pod1");
  });
  afterAll(() => lab.end());

  const stillWorks = async (): Promise<void> => {
    expect(await lab.addresses("web")).toEqual([address]);
    // The client's neighbour cache would carry a page for a while after the agent has fallen silent.
    expect(await ownerNode()).toBe("node1");
    expect(await lab.reach(`http://${address}/`)).toBe("pod1");
  };
  const ownerNode = async (): Promise<string | undefined> =>
    lab.network.nodeWithMac(await ownerMac(lab.network.client, "eth0", address))?.name;

  test("a pool edited into nonsense keeps its last good form; an event on it names the field", async () => {
    await lab.apply(poolObject("lan", ["192.168.7.40-192.168.7.4O"]));
    const event = await eventually("an event on the pool", async () =>
      (await lab.eventsOn("IPAddressPool", "lan")).find((found) => found.reason === "ConfigurationError"),
    );
    expect(event.message).toContain("spec.addresses[0]");
    expect(event.message).toContain("192.168.7.4O");
    await stillWorks();
    await lab.createService("second");
    expect(await lab.untilAddresses("second", 1)).toEqual(["192.168.7.41"]);
    await lab.removeService("second");
  });

  test("an operator and an agent that start with the nonsense in place take nothing away", async () => {
    await lab.stopOperator();
    await lab.stopAgents();
    await lab.untilSilent(address);
    const programs = [await lab.startOperator(), ...(await lab.startAgents())];
    for (const program of programs)
      await program.line((line) => JSON.stringify(line).includes("192.168.7.4O"));
    await eventually(`an answer for ${address}`, ownerNode);
    await stillWorks();
    await lab.createService("after");
    await lab.untilCondition("after", "steelyard.io/Allocated", "False");
    await stillWorks();
    await lab.removeService("after");
  });

  test("the pool mended, everything is as before", async () => {
    await lab.apply(poolObject("lan", ["192.168.7.40-192.168.7.41"]));
    await stillWorks();
  });

  test("an L2Advertisement with a duplicate in it does not silence the other", async () => {
    await lab.apply(l2AdvertisementObject("broken", { ipAddressPools: ["lan", "lan"] }));
    await eventually("an event on the advertisement", async () =>
      (await lab.eventsOn("L2Advertisement", "broken")).find(
        (found) => found.reason === "ConfigurationError",
      ),
    );
    await stillWorks();
    await lab.remove(l2AdvertisementObject("broken"));
  });

  test("a ServiceL2Status that lost the label by which its agent sees it gets it back", async () => {
    const statuses = async (): Promise<readonly ClusterObject[]> => lab.list("servicel2statuses");
    const [status, ...others] = await statuses();
    if (status === undefined || others.length > 0)
      throw new Error("there is not exactly one ServiceL2Status");
    await lab.kube.mergePatch(pathOf(status), { metadata: { labels: { "metallb.io/node": null } } });
    const [again] = await eventually("the label to be back", async () => {
      const found = await statuses();
      return found.some(({ metadata }) => metadata.labels?.["metallb.io/node"] === "node1") && found;
    });
    expect(again).toMatchObject({ metadata: { uid: status.metadata.uid }, status: status.status });
  });

  test("an API server that is away costs nothing that is announced", async () => {
    lab.api.faults.inject({ fault: "reset" });
    // New requests fail by the fault; without this the watches that are open already would go on as if nothing were.
    expect(lab.api.faults.interruptWatches("reset")).toBeGreaterThan(0);
    try {
      for (const program of lab.programs)
        await program.line((line) => line["msg"] === "following the API server was interrupted");
      expect(
        lab.network.nodeWithMac(await ownerMac(lab.network.client, "eth0", address, { forMillis: 2_000 }))
          ?.name,
      ).toBe("node1");
      expect(
        (await lab.network.client.run("curl", ["-sS", "--max-time", "2", `http://${address}/`])).trim(),
      ).toBe("pod1");
    } finally {
      lab.api.faults.clear();
    }
    await lab.createService("after-outage");
    expect(await lab.untilAddresses("after-outage", 1)).toEqual(["192.168.7.41"]);
  });

  test("both programs end within a second of SIGTERM, with exit code 0", () => expectCleanEnds());

  test("and as well when they have started on an API server that never answers", async () => {
    lab.api.faults.inject({ fault: "silence" });
    try {
      await lab.startOperator();
      await lab.startAgents();
      await expectCleanEnds();
    } finally {
      lab.api.faults.clear();
    }
  });

  async function expectCleanEnds(): Promise<void> {
    for (const program of lab.programs) {
      const ended = await program.stop();
      expect({ name: program.name, code: ended.code }).toEqual({ name: program.name, code: 0 });
      expect(ended.millis).toBeLessThan(1_000);
    }
  }
});
