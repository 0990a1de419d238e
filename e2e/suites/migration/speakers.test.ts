import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { workerOf } from "../../topology/failover-lab.ts";
import { Lab } from "../../topology/lab.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";
import { tell } from "../failover/tell.ts";
import { api, describeSwap, watchAddresses, withoutGap } from "./swap-lab.ts";

const names = ["a", "b", "c", "d", "e", "f"];

describeSwap("MetalLB's speakers are replaced one by one, and come back", () => {
  let lab: Lab;
  let addresses: readonly string[];

  beforeAll(async () => {
    lab = await Lab.create({ nodes: 3, workers: 1, membership: true, definitions: "metallb", api });
    await lab.apply(poolObject("lan", ["192.168.7.100-192.168.7.149"]), l2AdvertisementObject("lan"));
    await lab.startMetallbController();
    for (const node of lab.speakers) await lab.startMetallbSpeaker(node);
    for (const name of names) await lab.createService(name, "IPv4", { endpointsOn: [workerOf(lab)] });
    addresses = (await Promise.all(names.map((name) => lab.untilAddresses(name, 1)))).flat();
    for (const address of addresses) await lab.soleOwner(address);
  });
  afterAll(() => lab.end());

  async function owners(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const address of addresses) found.push((await lab.soleOwner(address)).name);
    return found;
  }

  /** An address of each node that has one, so that what is replaced is seen to be. */
  async function visited(): Promise<readonly string[]> {
    const found = await owners();
    const firsts = new Map(found.map((owner, index) => [owner, addresses[index] ?? ""] as const).reverse());
    return [...firsts.values()];
  }

  async function replace(what: string, node: ClusterNode, start: () => Promise<unknown>): Promise<void> {
    const watch = watchAddresses(lab, names);
    await withoutGap(`${what} on ${node.name}`, await visited(), {
      visit: (address) => lab.visit(address),
      act: async () => {
        await lab.stopAgent(node);
        await start();
        await owners();
      },
    });
    for (const texts of (await watch.stop()).values()) expect(texts).toHaveLength(1);
    tell(`${what} on ${node.name}: owners ${(await owners()).join(", ")}`);
  }

  test("forward: no connection is lost, and every address has one owner after each step", async () => {
    for (const node of lab.speakers) await replace("agent for speaker", node, () => lab.startAgent(node, []));
    await lab.untilRing();
  }, 180_000);

  test("back: no connection is lost, and every address has one owner after each step", async () => {
    for (const node of lab.speakers)
      await replace("speaker for agent", node, () => lab.startMetallbSpeaker(node));
  }, 180_000);
});
