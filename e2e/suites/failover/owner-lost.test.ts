import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { failoverLab, ownerOfAll, serve } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { watchClaims } from "../../topology/neighbour-probe.ts";
import { type Visitor } from "../../topology/visitor.ts";
import { stopAndTell, tell } from "./tell.ts";

interface BadDay {
  readonly name: string;
  readonly strike: (lab: Lab, owner: ClusterNode) => Promise<unknown>;
  readonly mend: (lab: Lab, owner: ClusterNode) => Promise<unknown>;
  /** The longest a client may wait for the first good connection; 0 = no connection may be lost. */
  readonly outageMillis: number;
  /** How many connections may be lost all the same, because they began in the very moment; none unless it is given. */
  readonly handshakes?: number;
}

/** The goal is 300 ms in the middle and a second at the worst, which the bench measures; here the machine may be busy. */
const atWorst = 1_500;

const badDays: readonly BadDay[] = [
  {
    name: "its power is lost",
    strike: (lab, owner) => lab.crash(owner),
    mend: (lab, owner) => lab.revive(owner),
    outageMillis: atWorst,
  },
  {
    name: "its agent is killed",
    strike: (lab, owner) => lab.stopAgent(owner, "SIGKILL"),
    mend: (lab, owner) => lab.startAgent(owner),
    outageMillis: 0,
    // Nothing was planned: one that began at the old owner may have to go on at the heir, which knows nothing of it.
    handshakes: 1,
  },
  {
    name: "its agent is asked to end",
    strike: (lab, owner) => lab.stopAgent(owner),
    mend: (lab, owner) => lab.startAgent(owner),
    outageMillis: 0,
  },
  {
    name: "it is cut off from everybody and keeps its carrier",
    strike: (lab, owner) => lab.network.split([owner]),
    mend: (lab, owner) => lab.network.join([owner]),
    outageMillis: atWorst,
  },
];

/**
 * While the API server is away nothing of it may be needed. The outage lasts from before the fault until another node has
 * taken over, not the minute that a person would take: nothing in the agents counts it.
 */
const apiServers = [
  { whether: "with the API server there", isAway: false },
  { whether: "while the API server is away", isAway: true },
];

for (const { whether, isAway } of apiServers) {
  describeNetwork(`a node that owns an address is lost, ${whether}`, () => {
    let lab: Lab;
    let addresses: readonly string[];
    let visitors: readonly Visitor[];

    beforeAll(async () => {
      lab = await failoverLab();
      await lab.startAgents();
      addresses = await serve(lab, "web");
    });
    afterAll(() => lab.end());
    beforeEach(async () => {
      visitors = await Promise.all(addresses.map((address) => lab.visit(address)));
    });
    afterEach(() => Promise.all(visitors.map((visitor) => visitor.stop())));

    test.each(badDays)(
      "$name: another one answers, and keeps the address when it is back",
      async ({ name, strike, mend, outageMillis, handshakes = 0 }) => {
        const owner = await ownerOfAll(lab, addresses);
        const api = isAway ? lab.loseApiServer() : undefined;
        const struck = monotonicMillis();
        await strike(lab, owner);
        const outages = await Promise.all(visitors.map((visitor) => visitor.untilServed(struck)));
        tell(
          `${name}: first good connection after ${outages.map((outage) => outage.toFixed(0)).join(" and ")} ms`,
        );
        const heirs = await Promise.all(
          addresses.map((address) => lab.soleOwner(address, { not: owner.name })),
        );
        api?.giveBack();
        await mend(lab, owner);
        await lab.untilRing();
        // What it may do now that it is back it would do within the first announcements.
        await pause(1_000);
        for (const [index, address] of addresses.entries())
          expect((await lab.soleOwner(address)).name).toBe(heirs[index]?.name);
        const reports = await stopAndTell(name, visitors, struck);
        for (const [index, { lost }] of reports.entries()) {
          if (outageMillis === 0) expect(lost).toBeLessThanOrEqual(handshakes);
          expect(outages[index]).toBeLessThanOrEqual(Math.max(outageMillis, 50));
        }
      },
    );

    test("its agent stalls for a second: nothing moves, nothing is lost", async () => {
      const owner = await ownerOfAll(lab, addresses);
      const api = isAway ? lab.loseApiServer() : undefined;
      const watch = await watchClaims(lab.network.client, "eth0");
      const { resume } = lab.stall(owner);
      await pause(1_000);
      resume();
      await pause(2_000);
      api?.giveBack();
      const claims = (await watch.stop()).filter(({ address }) => addresses.includes(address));
      expect(claims.filter(({ mac }) => mac !== owner.lan.mac)).toEqual([]);
      expect((await ownerOfAll(lab, addresses)).name).toBe(owner.name);
      for (const report of await stopAndTell("stalled for 1 s", visitors))
        expect(report).toMatchObject({ lost: 0, cut: 0 });
    });

    test("its agent stalls for five seconds and goes on: one move, one owner, nothing is lost", async () => {
      const owner = await ownerOfAll(lab, addresses);
      const api = isAway ? lab.loseApiServer() : undefined;
      const stalled = monotonicMillis();
      const { resume } = lab.stall(owner);
      const heirs = await Promise.all(
        addresses.map((address) => lab.soleOwner(address, { not: owner.name })),
      );
      tell(`stalled: moved after less than ${(monotonicMillis() - stalled).toFixed(0)} ms`);
      const watch = await watchClaims(lab.network.client, "eth0");
      await pause(Math.max(0, stalled + 5_000 - monotonicMillis()));
      resume();
      await pause(1_500);
      api?.giveBack();
      for (const [index, address] of addresses.entries())
        expect((await lab.soleOwner(address)).name).toBe(heirs[index]?.name);
      const claims = (await watch.stop()).filter(({ address }) => addresses.includes(address));
      const announcedAgain = claims.filter(({ mac, gratuitous }) => gratuitous && mac === owner.lan.mac);
      expect(announcedAgain).toEqual([]);
      for (const { lost } of await stopAndTell("stalled for 5 s", visitors)) expect(lost).toBe(0);
    });
  });
}
