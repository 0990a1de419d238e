import { afterEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { spawnSync } from "node:child_process";
import { type Link } from "../../core/interfaces/link.ts";
import { RouteNetlinkSockets } from "./route-netlink.ts";
import { describeInNamespace } from "./testing/namespaces.ts";
import { eventually } from "./testing/veth.ts";

const RTNLGRP_IPV4_ROUTE = 7;

describeInNamespace("RouteNetlinkSockets beyond the contract", (namespace) => {
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const watch of open.splice(0)) watch.close();
  });

  const watch = () => {
    const tables: (readonly Link[])[] = [];
    const errors: Error[] = [];
    let opened = 0;
    let routeEvents = 0;
    const lost: string[] = [];
    const { addon } = namespace;
    const counting: typeof addon = {
      ...addon,
      openNetlinkSocket: (request) => {
        opened++;
        return addon.openNetlinkSocket({
          ...request,
          onBatch: (count) => {
            if (request.groups.includes(RTNLGRP_IPV4_ROUTE)) routeEvents += count;
            request.onBatch(count);
          },
          onError: (error) => {
            lost.push(error.code);
            request.onError(error);
          },
        });
      },
    };
    const sockets = new RouteNetlinkSockets(counting, systemClock);
    open.push(
      sockets.watch(
        (links) => tables.push(links),
        (error) => errors.push(error),
      ),
    );
    const find = (name: string): Link | undefined => tables.at(-1)?.find((link) => link.name === name);
    const addresses = (name: string): string[] =>
      (find(name)?.addresses ?? []).map(
        ({ address, prefixLength }) => `${formatIpAddress(address)}/${String(prefixLength)}`,
      );
    return { tables, errors, find, addresses, opened: () => opened, routeEvents: () => routeEvents, lost };
  };

  test("the whole table comes first: flags, addresses, the master of a bridge port", async () => {
    namespace.sysctl("ipv6/conf/default/accept_dad", "0");
    namespace.ip("link set lo up");
    namespace.ip("link add bridge type bridge");
    namespace.ip("link add port address 02:00:00:00:00:01 type veth peer name peer");
    namespace.ip("link set port master bridge");
    namespace.ip("link set port up");
    namespace.ip("addr add 192.0.2.1/24 dev peer");
    namespace.ip("addr add 2001:db8::1/64 dev peer");
    namespace.ip("link set peer arp off");
    const { tables, find, addresses, errors } = watch();
    await eventually(() => tables.length > 0);
    expect(find("lo")).toMatchObject({
      index: 1,
      loopback: true,
      running: true,
      broadcast: false,
      master: undefined,
    });
    expect(addresses("lo")).toEqual(["127.0.0.1/8", "::1/128"]);
    expect(find("port")).toMatchObject({
      mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
      broadcast: true,
      multicast: true,
      noArp: false,
      running: false,
      master: find("bridge")?.index,
    });
    expect(find("peer")).toMatchObject({ noArp: true, running: false });
    expect(addresses("peer")).toEqual(["192.0.2.1/24", "2001:db8::1/64"]);
    expect(errors).toEqual([]);
  });

  test("a port that leaves its bridge is not taken for a link that is gone", async () => {
    const { find, errors } = watch();
    namespace.ip("link add other type bridge");
    namespace.ip("link add left type veth peer name right");
    namespace.ip("link set left master other");
    await eventually(() => find("other") !== undefined && find("left")?.master === find("other")?.index);
    namespace.ip("link set left nomaster");
    await eventually(() => find("left") !== undefined && find("left")?.master === undefined);
    expect(errors).toEqual([]);
  });

  test("more events than any queue can hold end in the right table", async () => {
    const { tables, find, addresses, errors, opened } = watch();
    namespace.ip("link add busy type veth peer name idle");
    await eventually(() => find("busy") !== undefined);
    const before = tables.length;
    // This thread is blocked meanwhile, so nobody reads the queue.
    const some = Array.from(
      { length: 3000 },
      (_, i) => `10.${String(i >> 8)}.${String(i & 255)}.1/32 dev busy`,
    );
    const batch = [...some.map((a) => `addr add ${a}`), ...some.slice(1).map((a) => `addr del ${a}`)].join(
      "\n",
    );
    const { status } = namespace.inside(() => spawnSync("ip", ["-batch", "-"], { input: batch }));
    expect(status).toBe(0);
    await eventually(() => addresses("busy").length === 1 && tables.length > before);
    expect(addresses("busy")).toEqual(["10.0.0.1/32"]);
    expect(errors).toEqual([]);
    // Four sockets at the start, two more after the loss: the test would prove nothing had the queue not run over.
    expect(opened()).toBeGreaterThanOrEqual(6);
    expect(tables.length - before).toBeLessThan(20);
  });

  describe("default routes", () => {
    const routes = (name: string, find: (name: string) => Link | undefined) => find(name)?.defaultRoute;

    test("in another table, over several links, and none that leads nowhere", async () => {
      namespace.sysctl("ipv6/conf/default/accept_dad", "0");
      namespace.ip("link add wan0 type veth peer name wan1");
      for (const name of ["wan0", "wan1"]) namespace.ip(`link set ${name} up`);
      namespace.ip("addr add 198.51.100.1/24 dev wan0");
      namespace.ip("addr add 203.0.113.1/24 dev wan1");
      namespace.ip("route add unreachable default metric 9999");
      namespace.ip("-6 route add unreachable default metric 9999");
      const { find, errors } = watch();
      await eventually(() => find("wan0") !== undefined);
      expect([routes("wan0", find), routes("lo", find)]).toEqual([
        { v4: false, v6: false },
        { v4: false, v6: false },
      ]);
      namespace.ip("route add default via 198.51.100.254 table 100");
      namespace.ip("-6 route add default via fe80::254 dev wan0 table 101");
      await eventually(() => routes("wan0", find)?.v4 === true && routes("wan0", find)?.v6 === true);
      namespace.ip("route replace default table 100 nexthop via 198.51.100.254 nexthop via 203.0.113.254");
      await eventually(() => routes("wan1", find)?.v4 === true);
      expect(routes("wan0", find)?.v4).toBe(true);
      namespace.ip("route replace default table 100 via 203.0.113.254");
      await eventually(() => routes("wan0", find)?.v4 === false);
      expect(routes("wan1", find)?.v4).toBe(true);
      expect(errors).toEqual([]);
    });

    test("a link that goes down loses them, although the kernel does not say so", async () => {
      namespace.ip("link add dsl0 type veth peer name dsl1");
      for (const name of ["dsl0", "dsl1"]) namespace.ip(`link set ${name} up`);
      namespace.ip("addr add 192.0.2.65/26 dev dsl0");
      namespace.ip("route add default via 192.0.2.66");
      const { find } = watch();
      await eventually(() => routes("dsl0", find)?.v4 === true);
      namespace.ip("link set dsl0 down");
      await eventually(() => routes("dsl0", find)?.v4 === false);
      namespace.ip("link set dsl0 up");
      namespace.ip("route add default via 192.0.2.66");
      await eventually(() => routes("dsl0", find)?.v4 === true);
      namespace.ip("addr del 192.0.2.65/26 dev dsl0");
      await eventually(() => routes("dsl0", find)?.v4 === false);
    });

    test("among twenty thousand other routes, whose coming and going nobody is told", async () => {
      namespace.ip("link add bgp0 type veth peer name bgp1");
      for (const name of ["bgp0", "bgp1"]) namespace.ip(`link set ${name} up`);
      const words = Array.from(
        { length: 20_000 },
        (_, i) => `10.${String(i >> 8)}.${String(i & 255)}.0/24 dev bgp0`,
      );
      const all = (verb: string) => words.map((each) => `route ${verb} ${each}`).join("\n");
      namespace.inside(() => spawnSync("ip", ["-batch", "-"], { input: all("add") }));
      const { find, errors, routeEvents, lost } = watch();
      await eventually(() => find("bgp0") !== undefined);
      namespace.ip("route add default dev bgp0 metric 7");
      await eventually(() => routes("bgp0", find)?.v4 === true);
      const before = routeEvents();
      namespace.inside(() => spawnSync("ip", ["-batch", "-"], { input: all("del") }));
      namespace.ip("route del default dev bgp0 metric 7");
      await eventually(() => routes("bgp0", find)?.v4 === false);
      expect([routeEvents() - before, lost, errors]).toEqual([1, [], []]);
    });
  });

  test("a large table arrives whole", async () => {
    namespace.ip("link add many type veth peer name few");
    const batch = Array.from(
      { length: 2000 },
      (_, i) => `addr add 10.1.${String(i >> 8)}.${String(i & 255)}/32 dev many`,
    );
    namespace.inside(() => spawnSync("ip", ["-batch", "-"], { input: batch.join("\n") }));
    const { tables, addresses } = watch();
    await eventually(() => tables.length > 0);
    expect(addresses("many")).toHaveLength(2000);
  });
});
