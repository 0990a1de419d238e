import { afterEach, expect, test } from "@jest/globals";
import { systemClock } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { spawnSync } from "node:child_process";
import { type Link } from "../../core/interfaces/link.ts";
import { RouteNetlinkSockets } from "./route-netlink.ts";
import { describeInNamespace } from "./testing/namespaces.ts";
import { eventually } from "./testing/veth.ts";

describeInNamespace("RouteNetlinkSockets beyond the contract", (namespace) => {
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const watch of open.splice(0)) watch.close();
  });

  const watch = () => {
    const tables: (readonly Link[])[] = [];
    const errors: Error[] = [];
    let opened = 0;
    const { addon } = namespace;
    const counting: typeof addon = {
      ...addon,
      openNetlinkSocket: (request) => {
        opened++;
        return addon.openNetlinkSocket(request);
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
    return { tables, errors, find, addresses, opened: () => opened };
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
    // Two sockets at the start, two more after the loss: the test would prove nothing had the queue not run over.
    expect(opened()).toBeGreaterThanOrEqual(4);
    expect(tables.length - before).toBeLessThan(20);
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
