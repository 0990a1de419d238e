import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { whyNoKubeApiServer } from "../../cluster/index.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import { askAllTheTime } from "../../topology/neighbour-probe.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";
import { Rival, type RivalBehaviour } from "../../topology/rival.ts";

/** Long enough for a fight without end to be one: the first answer of a rival comes within milliseconds. */
const watchedMillis = 40_000;

/** An operator of tunnels that wants its own address in the spec, a new one each time somebody reacts. */
const tunnelOperator: RivalBehaviour = {
  name: "tunnel-operator",
  answer: (round) => ({ patch: { spec: { loadBalancerIP: `203.0.113.${1 + (round % 200)}` } } }),
};

/** The same with addresses of our pool, to and fro. */
const switchingOperator: RivalBehaviour = {
  name: "switching-operator",
  answer: (round) => ({ patch: { spec: { loadBalancerIP: `192.168.7.4${5 + (round % 2)}` } } }),
};

/** Another load balancer that puts its own address into the status whenever it finds something else there. */
const statusOperator: RivalBehaviour = {
  name: "status-operator",
  answer: () => ({
    subresource: "status",
    patch: { status: { loadBalancer: { ingress: [{ ip: "203.0.113.9" }] } } },
  }),
};

const rivals = {
  tunnelled: { behaviour: tunnelOperator, reason: "RequestFlips" },
  switched: { behaviour: switchingOperator, reason: "RequestFlips" },
  rewritten: { behaviour: statusOperator, reason: "StatusRewritten" },
} as const;
const names = Object.keys(rivals) as (keyof typeof rivals)[];

const why = whyNoKubeApiServer();
fights("embedded", describeNetwork);
fights("genuine", why === undefined ? describeNetwork : describe.skip, why);

/** Two operators answered each other's edits of one Service until etcd gave up (users.md, section 2.3). */
function fights(
  api: "embedded" | "genuine",
  describeSuite: (name: string, body: () => void) => void,
  skipped?: string,
): void {
  const suffix = skipped === undefined ? "" : ` [skipped: ${skipped}]`;
  describeSuite(`a rival that reacts to each of our writes, on the ${api} API server${suffix}`, () => {
    let lab: Lab;
    beforeAll(async () => {
      lab = await Lab.create({ nodes: 1, api });
      await lab.apply(
        poolObject("lan", ["192.168.7.40-192.168.7.49"]),
        l2AdvertisementObject("lan", { ipAddressPools: ["lan"] }),
      );
      await lab.startOperator();
      await lab.startAgents();
      for (const name of names) {
        await lab.createService(name, "IPv4", { endpointsOn: [1] });
        await lab.untilAddresses(name, 1);
        await lab.untilCondition(name, "steelyard.io/Announced", "True");
      }
    }, 60_000);
    afterAll(() => lab.end());

    test("gets few answers, moves no address, silences none, and is named", async () => {
      const { client } = lab.network;
      const mark = (await lab.writes()).length;
      const fighting = names.map((name) => Rival.start(lab.api, name, rivals[name].behaviour));
      // The address that the flips have come to by the time they are recognised is the one that stays.
      for (const name of names) await lab.untilCondition(name, "steelyard.io/Contested", "True");
      const held = {
        tunnelled: "192.168.7.40",
        switched: await heldBy("switched"),
        rewritten: "192.168.7.42",
      };
      const asked = await Promise.all(
        names.map((name) => askAllTheTime(client, "eth0", held[name], { forMillis: 2 * watchedMillis })),
      );
      await pause(watchedMillis);
      const answered = await Promise.all(asked.map((each) => each.stop()));
      await Promise.all(fighting.map((rival) => rival.stop()));

      for (const { longestWaitMillis } of answered) expect(longestWaitMillis).toBeLessThan(500);
      expect(await heldBy("tunnelled")).toBe(held.tunnelled);
      expect(await heldBy("switched")).toBe(held.switched);
      const written = (await lab.writes()).slice(mark).filter(({ resource }) => resource === "services");
      for (const name of names) {
        // Three or four until it is recognised, then after 15, 30 and 60 seconds; without that it is hundreds.
        const writes = written.filter((write) => write.name === name && write.code === 200);
        expect(writes.length).toBeGreaterThan(1);
        expect(writes.length).toBeLessThanOrEqual(6);
        await expectNamed(name);
      }
      // It answered us and itself no more often than that.
      for (const rival of fighting) expect(rival.rounds).toBeLessThanOrEqual(20);
    }, 120_000);

    test("ends when the rival is gone: the status says again what has been true all the time", async () => {
      // The next write that restores it comes a minute after the last at most.
      const shown = () => lab.addresses("rewritten").then((all) => all.includes("192.168.7.42"));
      await eventually("the address in the status", shown, 70_000);
      expect(await lab.reach("http://192.168.7.42/")).toBe("pod1");
    }, 90_000);

    async function heldBy(name: string): Promise<string> {
      return (await lab.addresses(name)).join();
    }

    async function expectNamed(name: keyof typeof rivals): Promise<void> {
      const { behaviour, reason } = rivals[name];
      const condition = await lab.condition(name, "steelyard.io/Contested");
      expect(condition).toMatchObject({ status: "True", reason });
      expect(condition?.message).toContain(`field manager "${behaviour.name}"`);
      const event = (await lab.events(name)).find((one) => one.reason === reason);
      expect(event).toMatchObject({ type: "Warning" });
      expect(event?.message).toContain(behaviour.name);
    }
  });
}
