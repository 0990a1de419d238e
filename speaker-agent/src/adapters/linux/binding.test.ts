import { afterEach, expect, test } from "@jest/globals";
import { systemClock } from "@steelyard/client";
import { spawnSync } from "node:child_process";
import { kernelAnswers } from "../../core/machines/binding/kernel-answers.ts";
import { type BindingReport, type BindingWish } from "../../core/machines/binding/types.ts";
import { type Link } from "../../core/interfaces/link.ts";
import { ip } from "../../core/wire/testing/ip.ts";
import { NetioBinding } from "../../shell/netio-binding.ts";
import { encodeAddressChange } from "./address-changes.ts";
import { NetlinkInterfaceAddresses } from "./netlink-interface-addresses.ts";
import { ProcArpSettings } from "./proc-arp-settings.ts";
import { RouteNetlinkSockets } from "./route-netlink.ts";
import { decodeRtnetlink } from "./rtnetlink-messages.ts";
import { Asker, macOf, skipDuplicateDetection } from "./testing/asking.ts";
import { describeInNamespace, describeInNamespaces, type TestNamespace } from "./testing/namespaces.ts";
import { eventually } from "./testing/veth.ts";

/** A worker's binding on a real kernel. */
class Binding {
  readonly log: string[] = [];
  links: readonly Link[] = [];
  report: BindingReport | undefined;
  readonly binding: NetioBinding;
  readonly #watch: { close(): void };
  readonly #addresses: NetlinkInterfaceAddresses;

  constructor(namespace: TestNamespace) {
    const { addon } = namespace;
    const write = (fields: object, message: string): void =>
      void this.log.push([message, ...Object.values(fields).map(String)].join(" | "));
    this.#addresses = new NetlinkInterfaceAddresses(addon, systemClock);
    const arpSettings = new ProcArpSettings();
    this.binding = new NetioBinding({
      interfaceAddresses: this.#addresses,
      arpSettings: { read: (name) => namespace.inside(() => arpSettings.read(name)) },
      clock: systemClock,
      log: { debug: write, info: write, warn: write, error: write },
      onReport: (report) => (this.report = report),
    });
    this.#watch = new RouteNetlinkSockets(addon, systemClock).watch(
      (links) => {
        this.links = links;
        this.binding.links(links);
      },
      (error) => this.log.push(error.message),
    );
  }

  wish(...texts: readonly string[]): void {
    this.binding.wish(
      texts.map((text): BindingWish => {
        const [address = "", bindTo = ""] = text.split(" ");
        return { address: ip(address), bindTo, announcedOn: ["eth0"] };
      }),
    );
  }

  isRunning(name: string): boolean {
    return this.links.find((link) => link.name === name)?.running === true;
  }

  /** As SIGKILL leaves a host. */
  kill(): void {
    this.#watch.close();
    this.#addresses.close();
  }

  stop(): void {
    this.#watch.close();
    this.binding.stop();
  }
}

function plugIn(namespace: TestNamespace, address: string): void {
  namespace.ip("link set lo up");
  namespace.ip(`addr add ${address} dev eth0`);
  namespace.ip("link set eth0 up");
}

describeInNamespace("binding on a real kernel", (namespace) => {
  const bindings: Binding[] = [];
  const start = (): Binding => {
    const binding = new Binding(namespace);
    bindings.push(binding);
    return binding;
  };
  const addressesOf = (name: string): string => namespace.ip(`-o addr show dev ${name}`);
  const plugInOnce = (): void => {
    if (namespace.ip("-br link").includes("eth0")) return;
    skipDuplicateDetection(namespace);
    namespace.ip("link add eth0 type veth peer name far0");
    namespace.ip("link set far0 up");
    plugIn(namespace, "192.0.2.2/24");
  };
  afterEach(() => {
    for (const binding of bindings.splice(0)) binding.stop();
  });

  test("host addresses, labelled and marked, without prefix route, for ever; gone at the stop", async () => {
    plugInOnce();
    const one = start();
    one.wish("192.0.2.10 lo", "2001:db8::10 eth0", "192.0.2.11 eth0");
    await eventually(() => one.report?.bound.length === 3);
    expect(addressesOf("lo")).toMatch(
      /inet 192\.0\.2\.10\/32 .*scope global noprefixroute lo:sy\\.*valid_lft forever/,
    );
    expect(addressesOf("eth0")).toMatch(/inet 192\.0\.2\.11\/32 .*noprefixroute eth0:sy/);
    expect(addressesOf("eth0")).toMatch(/inet6 2001:db8::10\/128 .*nodad noprefixroute/);
    expect(namespace.ip("route show table main")).not.toContain("192.0.2.10");
    expect(namespace.ip("-6 route show table main")).not.toContain("2001:db8::10");
    one.stop();
    expect(addressesOf("lo") + addressesOf("eth0")).not.toMatch(/192\.0\.2\.1[01]|2001:db8::10/);
  });

  test("what a killed agent left behind is swept by the next one, and what others put there is not", async () => {
    plugInOnce();
    namespace.ip("addr add 192.0.2.77/32 dev lo");
    const killed = start();
    killed.wish("192.0.2.10 lo", "2001:db8::10 lo", "2001:db8::11 eth0");
    await eventually(() => killed.report?.bound.length === 3);
    killed.kill();
    expect(addressesOf("lo")).toContain("192.0.2.10");
    const next = start();
    await eventually(() => next.log.length === 3);
    expect(next.log.sort()[0]).toBe(
      "address swept | 192.0.2.10 | lo | an agent that ended without taking it off left it there",
    );
    expect(addressesOf("lo") + addressesOf("eth0")).not.toMatch(/192\.0\.2\.10|2001:db8::1/);
    expect(addressesOf("lo")).toContain("192.0.2.77/32");
  });

  test("a foreign address is left alone and said, and makes room when it goes", async () => {
    plugInOnce();
    namespace.ip("addr add 192.0.2.10/24 dev eth0");
    const one = start();
    one.wish("192.0.2.10 lo");
    await eventually(() => one.log.length === 1);
    expect(one.log).toEqual([
      "address cannot be bound | 192.0.2.10 | lo | it is on interface eth0 already, where this agent did not put it, and is left alone",
    ]);
    expect(addressesOf("lo")).not.toContain("192.0.2.10");
    namespace.ip("addr del 192.0.2.10/24 dev eth0");
    await eventually(() => one.report?.bound.length === 1);
    one.stop();
    expect(addressesOf("eth0")).toContain("192.0.2.2/24");
  });

  test("an interface that is renamed, removed and made again", async () => {
    plugInOnce();
    const one = start();
    one.wish("192.0.2.10 vip0", "2001:db8::10 vip0");
    await eventually(() => one.report?.notBound.length === 2);
    const make = (): void => {
      namespace.ip("link add vip0 type bridge");
      namespace.ip("link set vip0 up");
    };
    make();
    await eventually(() => one.report?.bound.length === 2);
    namespace.ip("link set vip0 down");
    namespace.ip("link set vip0 name vip9");
    await eventually(() => one.report?.notBound.length === 2 && !addressesOf("vip9").includes("2.10"));
    namespace.ip("link set vip9 name vip0");
    namespace.ip("link set vip0 up");
    await eventually(() => one.report?.bound.length === 2);
    namespace.ip("link del vip0");
    await eventually(() => one.report?.notBound.length === 2);
    make();
    await eventually(() => one.report?.bound.length === 2 && addressesOf("vip0").includes("2001:db8::10"));
    namespace.ip("link del vip0");
  });

  test("the kernel says EPERM to a process without NET_ADMIN", () => {
    const place = { interfaceIndex: 1, interfaceName: "lo", address: ip("192.0.2.10") };
    const request = Buffer.from(encodeAddressChange("add", place, 1)).toString("hex");
    const addon = new URL("../../../native/build/steelyard.node", import.meta.url).pathname;
    const program = `
      const addon = require(${JSON.stringify(addon)});
      const slab = new Uint8Array(1024), lengths = new Uint32Array(1);
      const socket = addon.openNetlinkSocket({ protocol: 0, groups: new Uint32Array(0), receiveBufferBytes: 65536, slab,
        lengths, onBatch() { console.log(Buffer.from(slab.subarray(0, lengths[0])).toString("hex")); addon.close(socket); },
        onError(error) { throw error; } });
      addon.send(socket, [Buffer.from("${request}", "hex")]);`;
    const { stdout, stderr } = namespace.inside(() =>
      spawnSync("setpriv", ["--inh-caps=-all", "--bounding-set=-all", process.execPath, "-e", program], {
        encoding: "utf8",
      }),
    );
    expect(stderr).toBe("");
    const [answer] = decodeRtnetlink(Buffer.from(stdout.trim(), "hex")).envelopes;
    expect(answer?.message).toEqual({ kind: "done", errno: 1 });
  });
});

describeInNamespaces("who answers for a bound address", ([near, far]) => {
  const bindings: Binding[] = [];
  afterEach(() => {
    for (const binding of bindings.splice(0)) binding.stop();
  });

  const plugBoth = (): void => {
    if (near.ip("-br link").includes("eth0")) return;
    skipDuplicateDetection(near, far);
    near.ip(`link add eth0 type veth peer name eth0 netns ${far.path()}`);
    plugIn(near, "192.0.2.2/24");
    plugIn(far, "192.0.2.1/24");
  };

  /** Whether the kernel of `near` answers a question of `far`; a second question bounds the wait. */
  async function kernelDoesAnswer(address: string): Promise<boolean> {
    const isIpv4 = address.includes(".");
    const asker = new Asker(far, "eth0", "192.0.2.1", isIpv4 ? "arp" : "ipv6");
    asker.ask(address);
    // The kernel answers in order, so what it says of its own address comes after what it says of the other; if it may.
    near.sysctl("ipv4/conf/all/arp_ignore", "0");
    const own = isIpv4
      ? "192.0.2.2"
      : (/inet6 (fe80::[0-9a-f:]+)\/64/.exec(near.ip("-o addr show dev eth0"))?.[1] ?? "");
    asker.ask(own);
    const answersFor = (target: string) =>
      asker.answers.filter((answer) => answer === `${target} is-at ${macOf(near, "eth0")}`).length;
    await eventually(() => answersFor(own) > 0);
    asker.close();
    return answersFor(address) > 0;
  }

  test.each(
    [0, 1, 2, 3, 8].flatMap((arpIgnore) => ["lo", "eth0"].map((bindTo) => [arpIgnore, bindTo] as const)),
  )("arp_ignore %i, bound to %s: the kernel does what is worked out", async (arpIgnore, bindTo) => {
    plugBoth();
    near.sysctl("ipv4/conf/all/arp_ignore", String(arpIgnore));
    const one = new Binding(near);
    bindings.push(one);
    one.wish(`192.0.2.10 ${bindTo}`);
    await eventually(() => one.report?.bound.length === 1 && one.isRunning("eth0"));
    const eth0 = one.links.find(({ name }) => name === "eth0");
    const boundTo = near.addon.interfaceIndex(bindTo);
    if (eth0 === undefined) throw new Error("eth0 is missing");
    const expected = kernelAnswers(ip("192.0.2.10"), boundTo, eth0, { arpIgnore, arpFilter: false });
    const isSure = expected !== "sometimes";
    expect(await kernelDoesAnswer("192.0.2.10")).toBe(isSure ? expected === "always" : true);
    expect(one.report?.kernelAnswers).toHaveLength(expected === "always" ? 1 : 0);
  });

  test.each(["lo", "eth0"])("IPv6, bound to %s: likewise", async (bindTo) => {
    plugBoth();
    const one = new Binding(near);
    bindings.push(one);
    one.wish(`2001:db8::10 ${bindTo}`);
    await eventually(() => one.report?.bound.length === 1 && one.isRunning("eth0"));
    expect(await kernelDoesAnswer("2001:db8::10")).toBe(bindTo === "eth0");
    expect(one.report?.kernelAnswers).toHaveLength(bindTo === "eth0" ? 1 : 0);
  });
});
