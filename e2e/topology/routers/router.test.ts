import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { describeNetwork } from "../describe-network.ts";
import { NetworkNamespace } from "../namespace.ts";
import { enterSandbox } from "../sandbox.ts";
import { Segment } from "../segment.ts";
import { type RouterKind, routerKinds } from "./router-config.ts";
import { whyNoRouter } from "./router-programs.ts";
import { Router } from "./router.ts";

/** FRR has to be there: it is the other end of all the others' sessions. */
function describeRouter(kind: RouterKind, body: () => void): void {
  const why = whyNoRouter("frr", kind);
  if (why === undefined) describeNetwork(`${kind} by itself, beside FRR`, body);
  else describe.skip(`${kind} by itself [skipped: ${why}]`, body);
}

// The ground of the BGP suites, without a line of Steelyard: what a router learns is told in the same words by all of them.
for (const kind of routerKinds) {
  describeRouter(kind, () => {
    let segment: Segment;
    const hosts: NetworkNamespace[] = [];
    let router: Router | undefined;
    let other: Router | undefined;

    const host = async (number: number): Promise<NetworkNamespace> => {
      const namespace = await NetworkNamespace.create(`peer${number}`);
      await segment.attach(namespace, "eth0", [`192.168.9.${number}/24`, `fd09::${number}/64`]);
      hosts.push(namespace);
      return namespace;
    };

    beforeAll(async () => {
      await enterSandbox();
      segment = await Segment.create("peering");
      const [here, there] = [await host(1), await host(2)];
      other = await Router.start("frr", {
        name: "other",
        host: there,
        config: {
          asn: 65002,
          routerId: "192.168.9.2",
          networks: ["198.51.100.0/24", "2001:db8:1::/48"],
          neighbors: ["192.168.9.1", "fd09::1"].map((address) => ({ address, asn: 65001, dials: true })),
        },
      });
      router = await Router.start(kind, {
        name: "router",
        host: here,
        config: {
          asn: 65001,
          routerId: "192.168.9.1",
          networks: ["203.0.113.0/24"],
          neighbors: [
            { address: "192.168.9.2", source: "192.168.9.1", asn: 65002 },
            { address: "fd09::2", source: "fd09::1", asn: 65002 },
          ],
        },
      });
    });
    afterAll(async () => {
      await router?.kill();
      await other?.kill();
      for (const namespace of hosts) await namespace.delete();
      await segment.delete();
    });

    test.each([
      ["198.51.100.0/24", "192.168.9.2"],
      ["2001:db8:1::/48", "fd09::2"],
    ])("it learns %s, and says from whom and which way", async (prefix, from) => {
      await router?.untilEstablished(from);
      const [route] = (await router?.untilRoutes(prefix, 1)) ?? [];
      expect(route).toMatchObject({ prefix, from, nextHop: from, asPath: [65002], stale: false });
    });

    test("it counts the prefixes of a neighbour", async () => {
      expect(await router?.count("IPv6", "fd09::2")).toBe(1);
    });

    test.each(["192.0.2.0/24", "2001:db8:2::/48"])("it knows nothing of %s", async (prefix) => {
      expect(await router?.routesTo(prefix)).toEqual([]);
    });

    test("the other one learns what it announces", async () => {
      const [route] = (await other?.untilRoutes("203.0.113.0/24", 1)) ?? [];
      expect(route).toMatchObject({ from: "192.168.9.1", nextHop: "192.168.9.1", asPath: [65001] });
    });

    test("a session has an identity as long as it stands, and another one after a restart", async () => {
      const before = await router?.untilEstablished("192.168.9.2");
      expect((await router?.session("192.168.9.2"))?.identity).toBe(before?.identity);
      await other?.restart();
      await router?.until("another session", async () => {
        const session = await router?.session("192.168.9.2");
        return session?.established === true && session.identity !== before?.identity;
      });
    });
  });
}
