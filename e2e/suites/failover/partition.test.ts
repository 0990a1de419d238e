import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { failoverLab, ownerOfAll, serve } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { askAllTheTime } from "../../topology/neighbour-probe.ts";
import { stopAndTell, tell } from "./tell.ts";

// Each half has an owner as long as the segment is parted, because each has clients; then one of the two yields.
describeNetwork("a segment is parted into halves and is one again", () => {
  let lab: Lab;
  let addresses: readonly string[];

  beforeAll(async () => {
    lab = await failoverLab({ nodes: 4 });
    await lab.startAgents();
    await lab.untilRing();
    addresses = await serve(lab, "web");
  });
  afterAll(() => lab.end());

  /** Half of the nodes with an agent, the owner among them or not. */
  function half(owner: ClusterNode, withOwner: boolean): readonly ClusterNode[] {
    const others = lab.speakers.filter(({ name }) => name !== owner.name);
    return withOwner ? [owner, ...others.slice(0, 1)] : others.slice(0, 2);
  }

  test.each([
    { where: "on the other side", withOwner: true, outageMillis: 6_000 },
    { where: "on the client's side", withOwner: false, outageMillis: 0 },
  ])(
    "the owner is $where: the client is served, and one owner is left",
    async ({ where, withOwner, outageMillis }) => {
      const owner = await ownerOfAll(lab, addresses);
      const visitors = await Promise.all(addresses.map((address) => lab.visit(address)));
      const away = half(owner, withOwner);
      const parted = monotonicMillis();
      await lab.network.split(away);
      const outages = await Promise.all(visitors.map((visitor) => visitor.untilServed(parted)));
      tell(
        `owner ${where}: first good connection after ${outages.map((outage) => outage.toFixed(0)).join(" and ")} ms`,
      );
      await pause(2_000);
      for (const address of addresses)
        expect((await lab.soleOwner(address)).name === owner.name).toBe(!withOwner);

      const asked = await Promise.all(
        addresses.map((address) => askAllTheTime(lab.network.client, "eth0", address)),
      );
      await lab.network.join(away);
      await pause(2_500);
      const answers = await Promise.all(asked.map((each) => each.stop()));
      await stopAndTell(`owner ${where}`, visitors, parted);
      for (const [index, address] of addresses.entries()) {
        const macs = (answers[index]?.answers ?? []).map(({ mac, afterMicros }) => ({ mac, afterMicros }));
        const last = macs.at(-1)?.mac;
        const lastOfTwo = Math.max(
          0,
          ...macs.filter(({ mac }) => mac !== last).map(({ afterMicros }) => afterMicros),
        );
        tell(`${address}: two owners until ${(lastOfTwo / 1000).toFixed(0)} ms after the heal`);
        expect(lastOfTwo).toBeLessThan(1_500_000);
        await lab.soleOwner(address);
      }
      for (const outage of outages) expect(outage).toBeLessThanOrEqual(Math.max(outageMillis, 50));
    },
  );
});
