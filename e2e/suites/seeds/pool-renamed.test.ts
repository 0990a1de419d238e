import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import { askAllTheTime, ownerMac, watchClaims } from "../../topology/neighbour-probe.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";

// A pool cannot be renamed, only made anew under another name; those who use its addresses must not notice.
describeNetwork("a pool is renamed while a Service holds addresses of it", () => {
  let lab: Lab;
  const range = ["192.168.7.40-192.168.7.49", "fd07::40-fd07::49"];
  const [old, renamed] = [poolObject("lan", range), poolObject("office", range)];
  const addresses = ["192.168.7.40", "fd07::40"];

  beforeAll(async () => {
    lab = await Lab.create({ nodes: 2 });
    await lab.apply(l2AdvertisementObject("both", { ipAddressPools: ["lan", "office"] }));
  });
  beforeEach(async () => {
    await lab.apply(old);
    await lab.startOperator();
    await lab.startAgents();
    await lab.createService("web", "dual", { endpointsOn: [1, 2] });
    expect(await lab.untilAddresses("web", 2)).toEqual(addresses);
    await lab.untilCondition("web", "steelyard.io/Announced", "True");
  });
  afterEach(async () => {
    await lab.removeServices();
    await lab.stopOperator();
    await lab.stopAgents();
    for (const pool of await lab.list("ipaddresspools")) await lab.remove(pool);
  });
  afterAll(() => lab.end());

  test("the new one is there before the old one goes", async () => {
    await expectAnsweredThroughout(async () => {
      await lab.apply(renamed);
      await untilAgentsSay("overlaps with already defined CIDR");
      await lab.remove(old);
      await untilFromPool("office");
    });
  });

  test("the old one goes first, and an operator that was away finds only the new one", async () => {
    await expectAnsweredThroughout(async () => {
      await lab.stopOperator();
      await lab.remove(old);
      await untilAgentsSay('there is no pool "lan" in force');
      await expectOneOwner();
      await lab.apply(renamed);
      await lab.startOperator();
      await untilFromPool("office");
    });
  });

  test("the old one goes and none comes: answered until the operator takes the addresses away, then by nobody", async () => {
    await expectAnsweredThroughout(async () => {
      await lab.stopOperator();
      await lab.remove(old);
      await untilAgentsSay('there is no pool "lan" in force');
      await expectOneOwner();
    });
    await lab.startOperator();
    await lab.untilAddresses("web", 0);
    for (const address of addresses) await lab.untilSilent(address);
  });

  /** Both addresses are asked for every 20 ms as long as `change` takes, and all answers have to come from one node. */
  async function expectAnsweredThroughout(change: () => Promise<void>): Promise<void> {
    const { client } = lab.network;
    const watch = await watchClaims(client, "eth0");
    const asked = await Promise.all(addresses.map((address) => askAllTheTime(client, "eth0", address)));
    const stop = async () => ({
      answered: await Promise.all(asked.map((each) => each.stop())),
      claims: (await watch.stop()).filter(({ address }) => addresses.includes(address)),
    });
    let seen: Awaited<ReturnType<typeof stop>>;
    try {
      await change();
    } finally {
      seen = await stop();
    }
    const { answered, claims } = seen;
    // A client asks again after a second, and believes for half a minute what it was told: shorter waits nobody notices. What
    // this guards against, an address that is given up until somebody notices, takes longer than the two programs do.
    for (const { longestWaitMillis } of answered) expect(longestWaitMillis).toBeLessThan(500);
    expect(new Set(claims.map(({ mac }) => mac)).size).toBe(1);
    expect(await lab.addresses("web")).toEqual(addresses);
  }

  async function expectOneOwner(): Promise<void> {
    for (const address of addresses) {
      const mac = await ownerMac(lab.network.client, "eth0", address, { forMillis: 400 });
      expect(lab.network.nodeWithMac(mac)).toBeDefined();
    }
  }

  /** What an agent logs about the configuration it logs in the same turn in which it acts on it. */
  async function untilAgentsSay(text: string): Promise<void> {
    const says = (line: object): boolean => String((line as { problem?: unknown }).problem).includes(text);
    await Promise.all(lab.agents.map((agent) => agent.line(says)));
  }

  async function untilFromPool(name: string): Promise<void> {
    await eventually(`the address of web to be from ${name}`, async () => {
      const { annotations } = (await lab.service("web")).metadata;
      return annotations?.["metallb.io/ip-allocated-from-pool"] === name;
    });
  }
});
