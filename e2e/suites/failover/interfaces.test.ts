import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { failoverLab, workerOf } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";

// Gossip and API server are on eth0, the addresses on the segment behind eth1: what happens there leaves the agent alive.
describeNetwork("the owner's interface", () => {
  let lab: Lab;
  const addresses = ["192.168.8.40", "fd08::40"];

  beforeAll(async () => {
    lab = await failoverLab({ sideSegment: true });
    await lab.apply(poolObject("lan", ["192.168.8.40/32", "fd08::40/128"]), l2AdvertisementObject("lan"));
    await lab.startAgents();
    await lab.untilRing();
    await lab.createService("web", "dual", { endpointsOn: [workerOf(lab)] });
    expect(await lab.untilAddresses("web", 2)).toEqual(addresses);
  });
  afterAll(() => lab.end());

  const owner = async (not?: string): Promise<ClusterNode> => {
    const [first, second] = await Promise.all(
      addresses.map((address) =>
        lab.soleOwner(address, { on: "eth1", ...(not === undefined ? {} : { not }) }),
      ),
    );
    if (first === undefined || first.name !== second?.name)
      throw new Error("the two addresses have two owners");
    return first;
  };

  test("goes down: another node takes over, and keeps the addresses when it is up again", async () => {
    const { host, name } = await owner();
    await host.ip("link", "set", "eth1", "down");
    const heir = await owner(name);
    await host.ip("link", "set", "eth1", "up");
    expect((await owner()).name).toBe(heir.name);
  });

  test("loses its carrier: the same", async () => {
    const { side, name } = await owner();
    if (side === undefined) throw new Error(`${name} has no second interface`);
    await lab.network.side?.cut(side);
    const heir = await owner(name);
    await lab.network.side?.restore(side);
    expect((await owner()).name).toBe(heir.name);
  });

  test("is renamed: somebody answers throughout its new name, too", async () => {
    const node = await owner();
    await node.host.ipBatch(["link set eth1 down", "link set eth1 name lan9", "link set lan9 up"]);
    await owner();
    await expectCanAnnounce(node);
    await node.host.ipBatch(["link set lan9 down", "link set lan9 name eth1", "link set eth1 up"]);
    await owner();
  });

  test("is made a port of a bridge that takes over its addresses: the bridge announces", async () => {
    const node = await owner();
    const mac = node.side?.mac ?? "";
    await node.host.ipBatch([
      `link add br0 address ${mac} type bridge forward_delay 0`,
      "address flush dev eth1",
      "link set eth1 master br0",
      `address add 192.168.8.${10 + node.number}/24 dev br0`,
      `address add fd08::${10 + node.number}/64 dev br0 nodad`,
      "link set br0 up",
    ]);
    await owner();
    await expectCanAnnounce(node);
  });

  /** Takes the agents of all the others away until this node is the owner: it can do what it is trusted with. */
  async function expectCanAnnounce(node: ClusterNode): Promise<void> {
    const others = lab.speakers.filter(({ name }) => name !== node.name);
    for (const other of others) await lab.stopAgent(other);
    expect((await owner()).name).toBe(node.name);
    for (const other of others) await lab.startAgent(other);
    await lab.untilRing();
  }
});
