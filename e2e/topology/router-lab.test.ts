import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { plan } from "./addressing.ts";
import { describeNetwork } from "./describe-network.ts";
import { monotonicMillis } from "./monotonic.ts";
import { RouterLab, type Site } from "./router-lab.ts";
import { Router } from "./routers/router.ts";
import { whyNoRouter } from "./routers/router-programs.ts";

const [address4, address6] = ["198.51.100.1", "fd64::1"];

// The ground of the BGP user's test, without a line of Steelyard: nodes announce by BIRD.
function routerLabTests(): void {
  let lab: RouterLab;
  let withFrr: Site;
  let withBird: Site;
  let far: Site;
  const speakers: Router[] = [];

  beforeAll(async () => {
    lab = await RouterLab.create({ nodes: 3 });
    await lab.lab.createService("web", "dual", { endpointsOn: [1, 2, 3] });
    const ingress = [address4, address6].map((ip) => ({ ip }));
    await lab.lab.patchServiceStatus("web", { loadBalancer: { ingress } });
    for (const { number, host, name } of lab.nodes) {
      const routers = [plan.router.onLan(1), plan.router.onLan(2), plan.router.onFar(3)].flat();
      const isFar = (address: string): boolean => plan.router.onFar(3).includes(address);
      speakers.push(
        await Router.start("bird", {
          name,
          host,
          config: {
            asn: 65000,
            routerId: plan.nodeAddress4(number),
            networks: [`${address4}/32`, `${address6}/128`],
            neighbors: routers.map((address) => ({
              address,
              asn: 65100,
              dials: true,
              source: address.includes(":") ? plan.nodeAddress6(number) : plan.nodeAddress4(number),
              ...(isFar(address) ? { hops: 2 } : {}),
            })),
          },
        }),
      );
    }
    const all = (settings: { hops?: number }): Parameters<RouterLab["addRouter"]>[1] => ({
      asn: 65100,
      neighbors: [
        ...lab.neighbors({ asn: 65000, ...settings }),
        ...lab.neighbors({ asn: 65000, ...settings }, "IPv6"),
      ],
    });
    withFrr = await lab.addRouter("frr", all({}));
    withBird = await lab.addRouter("bird", all({}));
    far = await lab.addRouter("bird", all({ hops: 2 }), { at: "far" });
  });
  afterAll(async () => {
    await Promise.all(speakers.map((speaker) => speaker.kill()));
    await lab.end();
  });

  test.each([
    ["FRR", () => withFrr],
    ["BIRD", () => withBird],
  ])("a client's connections go through %s to all nodes that announce, and none is lost", async (_, site) => {
    const { router } = site();
    await lab.leadThrough(site());
    for (const [prefix, address] of [
      [`${address4}/32`, address4],
      [`${address6}/128`, address6],
    ] as const) {
      await router.untilRoutes(prefix, 3);
      await router.untilNextHops(prefix, 3);
      await lab.reach(address);
      const visitor = await lab.visit(address);
      await visitor.untilServed(monotonicMillis());
      expect(await visitor.stop()).toMatchObject({ lost: 0, cut: 0, pods: ["pod1", "pod2", "pod3"] });
    }
  });

  test("a router several hops away learns the routes as well", async () => {
    for (const prefix of [`${address4}/32`, `${address6}/128`]) {
      const nextHops = (await far.router.untilRoutes(prefix, 3)).map(({ nextHop }) => nextHop).sort();
      const address = prefix.includes(":") ? plan.nodeAddress6 : plan.nodeAddress4;
      expect(nextHops).toEqual([1, 2, 3].map(address));
    }
  });
}

const why = whyNoRouter("frr", "bird");
if (why === undefined) describeNetwork("routers between the client and the nodes", routerLabTests);
else describe.skip(`routers between the client and the nodes [skipped: ${why}]`, routerLabTests);
