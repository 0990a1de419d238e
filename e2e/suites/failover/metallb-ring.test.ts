import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { failoverLab, workerOf } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { whyNoMetallb } from "../../topology/metallb.ts";
import { tell } from "./tell.ts";

const why = whyNoMetallb();

// The way from MetalLB to Steelyard: one speaker after the other is replaced, and both kinds gossip in one ring meanwhile.
(why === undefined ? describeNetwork : describe.skip)(
  `genuine speakers of MetalLB are replaced one by one${why === undefined ? "" : ` [skipped: ${why}]`}`,
  () => {
    let lab: Lab;
    let addresses: readonly string[];

    beforeAll(async () => {
      lab = await failoverLab({ definitions: "metallb" });
      for (const node of lab.speakers) await lab.startMetallbSpeaker(node);
      const names = ["a", "b", "c", "d", "e", "f"];
      for (const name of names) await lab.createService(name, "IPv4", { endpointsOn: [workerOf(lab)] });
      addresses = (await Promise.all(names.map((name) => lab.untilAddresses(name, 1)))).flat();
    });
    afterAll(() => lab.end());

    /** MetalLB's choice among all nodes of the ring (reference metallb.md, section 4.2). */
    function chosen(address: string): string | undefined {
      const hash = (node: string): string => createHash("sha256").update(`${node}#${address}`).digest("hex");
      const names = lab.speakers.map(({ name }) => name);
      return names.sort((a, b) => (hash(a) < hash(b) ? -1 : 1))[0];
    }

    const owners = (): Promise<readonly string[]> =>
      Promise.all(addresses.map(async (address) => (await lab.soleOwner(address)).name));

    async function expectAllAgree(who: string): Promise<void> {
      const wanted = addresses.map(chosen);
      const found = await eventually(
        `the hash's choice among ${who}`,
        async () => {
          const present = await owners();
          return present.every((name, index) => name === wanted[index]) && present;
        },
        20_000,
      );
      tell(`${who}: ${addresses.map((address, index) => `${address} ${found[index]}`).join(", ")}`);
    }

    test("every address has one owner at each step, the one that both would choose", async () => {
      await expectAllAgree("three speakers of MetalLB");
      for (const [index, node] of lab.speakers.entries()) {
        await lab.stopAgent(node);
        await lab.startAgent(node, []);
        const left = lab.speakers.length - index - 1;
        if (left > 0) await expectAllAgree(`${index + 1} agents and ${left} speakers of MetalLB`);
      }
      // With the last speaker of MetalLB the hash has gone: what the third agent had before stays where it went.
      await lab.untilRing();
      await owners();
    }, 120_000);

    test("among themselves the agents keep what they have: who comes back takes nothing", async () => {
      const [node] = lab.speakers;
      if (node === undefined) throw new Error("there is no node");
      await lab.untilRing();
      await lab.stopAgent(node);
      const without = await owners();
      expect(without).not.toContain(node.name);
      await lab.startAgent(node);
      await lab.untilRing();
      expect(await owners()).toEqual(without);
    });
  },
);
