import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Link } from "../core/interfaces/link.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { type RouteNetlink } from "./route-netlink.ts";

/** A host with one running Ethernet interface `eth0` and no other interface of that kind. Made anew for every test. */
export interface RouteNetlinkHarness {
  readonly netlink: RouteNetlink;
  setUp(up: boolean): void;
  setMac(mac: Uint8Array): void;
  rename(name: string): void;
  addAddress(address: IpAddress, prefixLength: number): void;
  removeAddress(address: IpAddress, prefixLength: number): void;
  /** A default route out of the link, through a gateway on its subnet 192.0.2.0/24 or fe80::/64. */
  setDefaultRoute(family: "IPv4" | "IPv6", present: boolean): void;
  removeLink(): void;
  eventually(isSo: () => boolean): Promise<void>;
  close(): void | Promise<void>;
}

/** What every implementation of RouteNetlink does. To be called inside a `describe`. */
export function routeNetlinkContract(
  makeHarness: () => RouteNetlinkHarness | Promise<RouteNetlinkHarness>,
): void {
  let harness: RouteNetlinkHarness;
  const watches: { close(): void }[] = [];

  beforeEach(async () => {
    harness = await makeHarness();
  });
  afterEach(async () => {
    for (const watch of watches.splice(0)) watch.close();
    await harness.close();
  });

  function watch() {
    const tables: (readonly Link[])[] = [];
    const errors: Error[] = [];
    const handle = harness.netlink.watch(
      (links) => tables.push(links),
      (error) => errors.push(error),
    );
    watches.push(handle);
    const find = (name = "eth0"): Link | undefined => tables.at(-1)?.find((link) => link.name === name);
    const addresses = (): readonly string[] =>
      (find()?.addresses ?? []).map(
        ({ address, prefixLength }) => `${formatIpAddress(address)}/${prefixLength}`,
      );
    return { tables, errors, find, addresses, handle };
  }

  test("the whole table comes first, sorted by index", async () => {
    const { tables, find, errors } = watch();
    await harness.eventually(() => tables.length > 0);
    expect(find()).toMatchObject({
      running: true,
      broadcast: true,
      noArp: false,
      loopback: false,
      master: undefined,
    });
    const indexes = tables[0]?.map(({ index }) => index) ?? [];
    expect(indexes).toEqual([...indexes].sort((left, right) => left - right));
    expect(errors).toEqual([]);
  });

  test("a link that goes down and up again", async () => {
    const { find } = watch();
    await harness.eventually(() => find()?.running === true);
    harness.setUp(false);
    await harness.eventually(() => find()?.running === false);
    harness.setUp(true);
    await harness.eventually(() => find()?.running === true);
  });

  test("another MAC, another name", async () => {
    const { find } = watch();
    await harness.eventually(() => find() !== undefined);
    const { index } = find() ?? {};
    harness.setMac(Uint8Array.of(2, 0, 0, 0, 0, 0x77));
    await harness.eventually(() => find()?.mac[5] === 0x77);
    harness.rename("wan0");
    await harness.eventually(() => find("wan0") !== undefined);
    expect([find("wan0")?.index, find("eth0")]).toEqual([index, undefined]);
  });

  test("addresses that come and go", async () => {
    const { addresses } = watch();
    harness.addAddress(ip("192.0.2.1"), 24);
    harness.addAddress(ip("2001:db8::1"), 64);
    await harness.eventually(
      () => addresses().includes("192.0.2.1/24") && addresses().includes("2001:db8::1/64"),
    );
    harness.removeAddress(ip("192.0.2.1"), 24);
    await harness.eventually(() => !addresses().includes("192.0.2.1/24"));
    expect(addresses()).toContain("2001:db8::1/64");
  });

  test("default routes that come and go, each family by itself", async () => {
    const { find } = watch();
    harness.addAddress(ip("192.0.2.1"), 24);
    await harness.eventually(() => find()?.running === true && find()?.defaultRoute.v4 === false);
    harness.setDefaultRoute("IPv4", true);
    await harness.eventually(() => find()?.defaultRoute.v4 === true);
    expect(find()?.defaultRoute.v6).toBe(false);
    harness.setDefaultRoute("IPv6", true);
    await harness.eventually(() => find()?.defaultRoute.v6 === true);
    harness.setDefaultRoute("IPv4", false);
    await harness.eventually(() => find()?.defaultRoute.v4 === false);
    expect(find()?.defaultRoute.v6).toBe(true);
  });

  test("a link that is removed", async () => {
    const { find, errors } = watch();
    await harness.eventually(() => find() !== undefined);
    harness.removeLink();
    await harness.eventually(() => find() === undefined);
    expect(errors).toEqual([]);
  });

  test("after close nothing comes any more", async () => {
    const closed = watch();
    const open = watch();
    await harness.eventually(() => closed.tables.length > 0 && open.find()?.running === true);
    closed.handle.close();
    const before = closed.tables.length;
    harness.setUp(false);
    await harness.eventually(() => open.find()?.running === false);
    expect(closed.tables).toHaveLength(before);
  });
}
