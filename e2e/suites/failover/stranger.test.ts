import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { failoverLab, workerOf } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { ownerMac, watchClaims } from "../../topology/neighbour-probe.ts";
import { Stranger } from "../../topology/stranger.ts";
import { stopAndTell, tell } from "./tell.ts";

describeNetwork("a stranger on the segment", () => {
  let lab: Lab;
  let stranger: Stranger;

  beforeAll(async () => {
    lab = await failoverLab();
    await lab.startAgents();
    await lab.untilRing();
  });
  beforeEach(async () => {
    stranger = await Stranger.arrive(lab.network.lan);
  });
  afterEach(async () => {
    await stranger.leave();
    await lab.removeServices();
  });
  afterAll(() => lab.end());

  const families = [
    { family: "IPv4", held: "192.168.7.140", prefix: 24 },
    { family: "IPv6", held: "fd07::140", prefix: 64 },
  ] as const;

  test.each(families)(
    "has the $family address that a Service asks for: not announced, said with its MAC, announced once it is gone",
    async ({ family, held, prefix }) => {
      await stranger.take(`${held}/${prefix}`);
      const watch = await watchClaims(lab.network.client, "eth0");
      await lab.createService("web", family, {
        endpointsOn: [workerOf(lab)],
        annotations: { "metallb.io/loadBalancerIPs": held },
      });
      await eventually("a condition that names the stranger", async () => {
        const condition = await lab.condition("web", "steelyard.io/Announced");
        return condition?.status === "False" && condition.message.includes(stranger.mac);
      });
      expect((await lab.events("web")).some(({ message }) => message.includes(stranger.mac))).toBe(true);
      const claims = (await watch.stop()).filter(({ address }) => address === held);
      expect(claims.filter(({ mac }) => mac !== stranger.mac)).toEqual([]);
      await stranger.release(`${held}/${prefix}`);
      const [owner] = await Promise.all([eventually("an owner", () => lab.soleOwner(held), 40_000)]);
      expect(owner.lan.mac).not.toBe(stranger.mac);
    },
  );

  test("has the next free address: the Service gets another", async () => {
    const next = "192.168.7.100";
    await stranger.take(`${next}/24`);
    await lab.createService("web", "IPv4", { endpointsOn: [workerOf(lab)] });
    const other = await eventually("another address", async () => {
      const [address] = await lab.addresses("web");
      return address !== undefined && address !== next && address;
    });
    await lab.soleOwner(other);
    expect(await ownerMac(lab.network.client, "eth0", next)).toBe(stranger.mac);
  });

  test.each(families)(
    "takes an $family address that is announced: the owner defends it, and it is said",
    async ({ family, prefix }) => {
      await lab.createService("web", family, { endpointsOn: [workerOf(lab)] });
      const [address = ""] = await lab.untilAddresses("web", 1);
      const owner = await lab.soleOwner(address);
      const visitor = await lab.visit(address);
      await pause(1_000);
      const watch = await watchClaims(lab.network.client, "eth0");
      await stranger.take(`${address}/${prefix}`);
      await eventually("the owner to claim it again", () => {
        const claims = watch.claims().filter((claim) => claim.address === address && claim.gratuitous);
        const taken = claims.findIndex(({ mac }) => mac === stranger.mac);
        return Promise.resolve(taken !== -1 && claims.slice(taken).some(({ mac }) => mac === owner.lan.mac));
      });
      await watch.stop();
      await pause(500);
      await stopAndTell(`taken, ${family}`, [visitor]);
      tell(`${address} taken by ${stranger.mac}, defended by ${owner.name}`);
      await eventually("somebody to say so", async () =>
        (await lab.events("web")).some(({ message }) => message.includes(stranger.mac)),
      );
    },
  );
});
