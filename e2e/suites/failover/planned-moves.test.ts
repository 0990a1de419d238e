import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { failoverLab, ownerOfAll, serve, workerOf } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { watchClaims } from "../../topology/neighbour-probe.ts";
import { l2AdvertisementObject } from "../../topology/objects.ts";
import { type Visitor } from "../../topology/visitor.ts";
import { stopAndTell, tell } from "./tell.ts";

const excludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers";

describeNetwork("an address is moved on purpose", () => {
  let lab: Lab;
  let addresses: readonly string[];
  let visitors: readonly Visitor[];

  beforeAll(async () => {
    lab = await failoverLab();
    await lab.startAgents();
    await lab.untilRing();
    addresses = await serve(lab, "web");
  });
  beforeEach(async () => {
    visitors = await Promise.all(addresses.map((address) => lab.visit(address)));
  });
  afterEach(() => Promise.all(visitors.map((visitor) => visitor.stop())));
  afterAll(() => lab.end());

  async function movesWithoutLoss(what: string, from: ClusterNode): Promise<void> {
    for (const address of addresses) await lab.soleOwner(address, { not: from.name });
    await pause(200);
    for (const { lost } of await stopAndTell(what, visitors)) expect(lost).toBe(0);
  }

  test("the owner gets the label that excludes it: no connection is lost, there or back", async () => {
    const owner = await ownerOfAll(lab, addresses);
    await lab.labelNode(owner.number, { [excludeLabel]: "" });
    await movesWithoutLoss("exclude label", owner);
    await lab.labelNode(owner.number, { [excludeLabel]: null });
  });

  test("the advertisement wants other nodes: no connection is lost", async () => {
    const owner = await ownerOfAll(lab, addresses);
    const others = lab.speakers.filter(({ name }) => name !== owner.name);
    const onOthers = { matchLabels: { "kubernetes.io/hostname": others[0]?.name ?? "" } };
    await lab.apply(l2AdvertisementObject("lan", { nodeSelectors: [onOthers] }));
    await movesWithoutLoss("advertisement", owner);
    expect((await ownerOfAll(lab, addresses)).name).toBe(others[0]?.name);
    await lab.apply(l2AdvertisementObject("lan"));
  });

  test("the owner's Node is not ready, but its agent lives: nothing moves", async () => {
    const owner = await ownerOfAll(lab, addresses);
    const watch = await watchClaims(lab.network.client, "eth0");
    await lab.setNodeReady(owner.number, false);
    await pause(1_500);
    const claims = (await watch.stop()).filter(({ address }) => addresses.includes(address));
    expect(claims.filter(({ mac }) => mac !== owner.lan.mac)).toEqual([]);
    expect((await ownerOfAll(lab, addresses)).name).toBe(owner.name);
    await lab.setNodeReady(owner.number, true);
  });

  test("when the label leaves nobody, the addresses stay where they are", async () => {
    const owner = await ownerOfAll(lab, addresses);
    for (const { number } of lab.speakers.filter(({ name }) => name !== owner.name))
      await lab.labelNode(number, { [excludeLabel]: "" });
    await lab.labelNode(owner.number, { [excludeLabel]: "" });
    await pause(2_000);
    for (const { lost } of await stopAndTell("nobody left", visitors)) expect(lost).toBe(0);
    for (const address of addresses) await lab.soleOwner(address);
    for (const { number } of lab.speakers) await lab.labelNode(number, { [excludeLabel]: null });
  });

  test("a roll-out restarts one agent after the other: nothing is lost, and addresses do not wander about", async () => {
    const names = ["a", "b", "c", "d"];
    for (const name of names) await lab.createService(name, "IPv4", { endpointsOn: [workerOf(lab)] });
    const all = [...addresses];
    for (const name of names) all.push(...(await lab.untilAddresses(name, 1)));
    for (const address of all) await lab.soleOwner(address);
    const watch = await watchClaims(lab.network.client, "eth0");
    for (const node of lab.speakers) {
      await lab.stopAgent(node);
      await lab.startAgent(node);
      await lab.untilRing();
      await pause(500);
    }
    await pause(500);
    const claims = (await watch.stop()).filter(({ gratuitous }) => gratuitous);
    const moves = all.map((address) => {
      const macs = claims.filter((claim) => claim.address === address).map(({ mac }) => mac);
      return macs.filter((mac, index) => index > 0 && mac !== macs[index - 1]).length;
    });
    tell(`roll-out over ${lab.speakers.length} nodes: moves per address ${moves.join(", ")}`);
    for (const { lost } of await stopAndTell("roll-out", visitors)) expect(lost).toBe(0);
    // What the first node had has to go to one that is still to be restarted.
    expect(Math.max(...moves)).toBeLessThanOrEqual(2);
  });
});
