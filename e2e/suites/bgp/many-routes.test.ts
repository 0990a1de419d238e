import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { plan } from "../../topology/addressing.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { endpointSlices, poolObject, serviceObject } from "../../topology/objects.ts";
import { RouterLab, type Site } from "../../topology/router-lab.ts";
import { tell } from "../failover/tell.ts";
import { advertisement, describeRouters, ownAsn, peerTo, routerAsn, setPeers } from "./bgp-lab.ts";

const node4 = plan.nodeAddress4(1);
const services = 20;
const addressesEach = 500;
const total = services * addressesEach;

/** Address `index` of 10.128.0.0/16. */
const address = (index: number): string => `10.128.${index >> 8}.${index & 255}`;

// Ten thousand addresses without an operator: what they cost to hand out is not what is tested here.
describeRouters("10 000 prefixes", ["frr", "gobgp"], () => {
  let lab: RouterLab;
  let sites: readonly Site[];

  beforeAll(async () => {
    lab = await RouterLab.create({ nodes: 1 });
    await lab.lab.apply(poolObject("many", ["10.128.0.0/16"]), advertisement());
    for (let index = 0; index < services; index++) await createService(index);
    const neighbors = lab.neighbors({ asn: ownAsn });
    const frr = await lab.addRouter("frr", { asn: routerAsn, neighbors });
    const gobgp = await lab.addRouter("gobgp", { asn: routerAsn, neighbors });
    sites = [frr, gobgp];
    await setPeers(lab, ...sites.map((site) => peerTo(site)));
  });
  afterAll(() => lab.end());

  async function createService(index: number): Promise<void> {
    const name = `web${index}`;
    await lab.lab.apply(...endpointSlices(name, "IPv4", [1]), serviceObject(name));
    const own = Array.from({ length: addressesEach }, (_, number) => address(index * addressesEach + number));
    await lab.lab.patchServiceStatus(name, { loadBalancer: { ingress: own.map((ip) => ({ ip })) } });
  }

  const untilCount = (site: Site, count: number): Promise<unknown> =>
    site.router.until(
      `${count} prefixes`,
      async () => (await site.router.count("IPv4", node4)) === count,
      30_000,
    );

  test("all arrive, from an agent that has just started", async () => {
    const began = monotonicMillis();
    await lab.lab.startAgents();
    for (const site of sites) await untilCount(site, total);
    tell(
      `10 000 prefixes in two tables ${(monotonicMillis() - began).toFixed(0)} ms after the agent's start`,
    );
  });

  test("half of them go, and come back with other attributes, and no session is reset", async () => {
    const before = await Promise.all(sites.map(({ router }) => router.session(node4)));
    for (let index = 0; index < services / 2; index++) await lab.lab.setEndpoints(`web${index}`, "IPv4", []);
    for (const site of sites) await untilCount(site, total / 2);
    await lab.lab.apply(advertisement({ communities: ["65000:7"] }));
    for (let index = 0; index < services / 2; index++) await lab.lab.setEndpoints(`web${index}`, "IPv4", [1]);
    for (const site of sites) {
      await untilCount(site, total);
      for (const index of [0, total - 1]) {
        await site.router.until(`the community on ${address(index)}`, async () => {
          const [route] = await site.router.routesTo(`${address(index)}/32`);
          return route?.communities.join() === "65000:7";
        });
      }
    }
    const after = await Promise.all(sites.map(({ router }) => router.session(node4)));
    expect(after.map((session) => session?.identity)).toEqual(before.map((session) => session?.identity));
  });
});
