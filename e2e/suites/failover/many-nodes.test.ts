import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { failoverLab, ownerOfAll, serve } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { watchClaims } from "../../topology/neighbour-probe.ts";
import { stopAndTell, tell } from "./tell.ts";

const nodes = 50;

describeNetwork(`${nodes} nodes`, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await failoverLab({ nodes });
  }, 120_000);
  afterAll(() => lab.end(), 120_000);

  /** Two at a time: as many as two processors can bring up without making each other late. */
  async function startAll(nodes: readonly ClusterNode[]): Promise<void> {
    const left = [...nodes];
    const start = async (): Promise<void> => {
      for (let node = left.pop(); node !== undefined; node = left.pop()) await lab.startAgent(node, []);
    };
    await Promise.all([start(), start()]);
  }

  test("47 of them join three: nothing moves, and a crash after that is noticed as fast", async () => {
    const founders = lab.speakers.slice(0, 3);
    for (const node of founders) await lab.startAgent(node, []);
    const addresses = await serve(lab, "web");
    const owner = await ownerOfAll(lab, addresses);
    const watch = await watchClaims(lab.network.client, "eth0", 300_000);
    const visitors = await Promise.all(addresses.map((address) => lab.visit(address)));
    const began = monotonicMillis();
    await startAll(lab.speakers.slice(3));
    const started = monotonicMillis();
    await lab.untilRing(60_000);
    tell(
      `started in ${(started - began).toFixed(0)} ms, one ring ${(monotonicMillis() - started).toFixed(0)} ms later`,
    );
    const claims = (await watch.stop()).filter(({ address }) => addresses.includes(address));
    expect(claims.filter(({ mac }) => mac !== owner.lan.mac)).toEqual([]);
    const struck = monotonicMillis();
    await lab.crash(owner);
    const outages = await Promise.all(visitors.map((visitor) => visitor.untilServed(struck)));
    tell(`first good connection after ${outages.map((outage) => outage.toFixed(0)).join(" and ")} ms`);
    for (const address of addresses) await lab.soleOwner(address, { not: owner.name });
    await stopAndTell(`${nodes} nodes`, visitors);
    for (const outage of outages) expect(outage).toBeLessThan(1_500);
  }, 240_000);
});
