import { describe, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { type Instant } from "@steelyard/model/foundation";
import fc from "fast-check";
import { type Link, type LinkAddress } from "../../interfaces/link.ts";
import { addressed, link } from "../../interfaces/testing/links.ts";
import { ip } from "../../wire/testing/ip.ts";
import { stepBinding } from "./step.ts";
import {
  type ArpSettings,
  type BindingEffect,
  type BindingInput,
  type BindingReport,
  type BindingState,
  type BindingWish,
  initialBindingState,
  type Place,
} from "./types.ts";

const ETH0 = 10;
const LO = 1;

/** A host whose kernel does what it is asked, unless it is told to refuse; the links are told of only on `look`. */
class Host {
  links: readonly Link[];
  /** By the text of the address: the errno name of the refusal. */
  readonly refusals = new Map<string, string>();
  settings: ArpSettings = { arpIgnore: 0, arpFilter: false };
  readonly log: string[] = [];
  report: BindingReport | undefined;
  readonly armed = new Map<string, Instant>();
  #state: BindingState = initialBindingState;
  #now = 0;
  readonly #answers: BindingInput[] = [];

  constructor(links: readonly Link[]) {
    this.links = links;
  }

  /** Takes what was logged since the last time. */
  take(): readonly string[] {
    return this.log.splice(0);
  }

  give(input: BindingInput): void {
    const { state, effects } = stepBinding(this.#state, input, { now: this.#now as Instant });
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    const answer = this.#answers.shift();
    if (answer !== undefined) this.give(answer);
  }

  wish(...texts: readonly string[]): void {
    this.give({ kind: "wishes", wishes: texts.map(wish) });
  }

  look(): void {
    this.give({ kind: "links", links: this.links });
  }

  /** Lets time pass, fires what is due. */
  wait(millis: number): void {
    this.#now += millis;
    for (const [timer, at] of [...this.armed]) {
      if (at > this.#now) continue;
      this.armed.delete(timer);
      this.give({ kind: "timer", timer: timer as "retry" | "look" });
    }
  }

  change(name: string, changes: Partial<Link>): void {
    this.links = this.links.map((each) => (each.name === name ? { ...each, ...changes } : each));
  }

  bound(): readonly string[] {
    return this.links.flatMap(({ name, addresses }) =>
      addresses.filter((each) => each.bound).map(({ address }) => `${formatIpAddress(address)} on ${name}`),
    );
  }

  #perform(effect: BindingEffect): void {
    switch (effect.kind) {
      case "add":
      case "remove":
        this.log.push(`${effect.kind} ${described(effect.place)}`);
        this.#answers.push({
          kind: "answers",
          answers: [{ change: effect.kind, place: effect.place, refusal: this.#do(effect) }],
        });
        return;
      case "read-arp-settings": {
        const settings = new Map(effect.links.map(({ index }) => [index, this.settings]));
        this.log.push(`look at ${effect.links.map(({ name }) => name).join()}`);
        this.#answers.push({ kind: "arp-settings", settings });
        return;
      }
      case "arm":
        this.armed.set(effect.timer, effect.at);
        return;
      case "transition":
        this.log.push(
          `${formatIpAddress(effect.address)} ${effect.to} on ${effect.interface}: ${effect.because}`,
        );
        return;
      case "warning":
        this.log.push(`warning: ${effect.sentence}`);
        return;
      case "report":
        this.report = effect.report;
        this.log.push("report");
    }
  }

  #do({ kind, place }: Extract<BindingEffect, { place: Place }>): string | undefined {
    const refusal = this.refusals.get(formatIpAddress(place.address));
    const owner = this.links.find(({ index }) => index === place.interfaceIndex);
    if (refusal !== undefined || owner === undefined) return refusal ?? "ENODEV";
    const others = owner.addresses.filter((each) => each.address.value !== place.address.value);
    const isThere = others.length < owner.addresses.length;
    if (kind === "remove") {
      this.change(owner.name, { addresses: others });
      return isThere ? undefined : "EADDRNOTAVAIL";
    }
    if (!isThere) this.change(owner.name, { addresses: [...others, mark(formatIpAddress(place.address))] });
    return isThere ? "EEXIST" : undefined;
  }
}

function mark(address: string): LinkAddress {
  const parsed = ip(address);
  return { address: parsed, prefixLength: parsed.family === "IPv4" ? 32 : 128, bound: true };
}

/** `192.0.2.10 lo` or `192.0.2.10 lo eth1`: bound to lo, announced on eth0 or eth1. */
function wish(text: string): BindingWish {
  const [address = "", bindTo = "", announcedOn = "eth0"] = text.split(" ");
  return { address: ip(address), bindTo, announcedOn: [announcedOn] };
}

function described({ address, interfaceName }: Place): string {
  return `${formatIpAddress(address)} ${interfaceName}`;
}

function host(...more: readonly Link[]): Host {
  const lo = link("lo", LO, { loopback: true, addresses: [] });
  return new Host([lo, link("eth0", ETH0, addressed("192.0.2.2/24")), ...more]);
}

describe("binding", () => {
  test("an address that is wished for is put there once, and taken off when it is not", () => {
    const one = host();
    one.look();
    one.wish("2001:db8::10 eth0");
    expect(one.take()).toEqual([
      "report",
      "add 2001:db8::10 eth0",
      "2001:db8::10 bound on eth0: this node announces it",
      "report",
    ]);
    one.look();
    one.look();
    one.wish("2001:db8::10 eth0");
    expect(one.take()).toEqual([]);
    one.wish();
    expect(one.take()).toEqual([
      "2001:db8::10 released on eth0: it is not to be there any more",
      "report",
      "remove 2001:db8::10 eth0",
    ]);
    expect(one.bound()).toEqual([]);
  });

  test("nothing is done before the links are known", () => {
    const one = host();
    one.wish("192.0.2.10 lo");
    expect(one.take()).toEqual([]);
    one.look();
    expect(one.bound()).toEqual(["192.0.2.10 on lo"]);
  });

  test("what an earlier life left behind is swept, before anything is wished for", () => {
    const one = host();
    one.change("lo", { addresses: [mark("192.0.2.10"), mark("2001:db8::10")] });
    one.look();
    expect(one.take().slice(0, 2)).toEqual([
      "192.0.2.10 swept on lo: an agent that ended without taking it off left it there",
      "2001:db8::10 swept on lo: an agent that ended without taking it off left it there",
    ]);
    expect(one.bound()).toEqual([]);
  });

  test("the stop takes everything off, and nothing is put on after it", () => {
    const one = host();
    one.look();
    one.wish("192.0.2.10 lo", "2001:db8::10 lo");
    one.give({ kind: "stop" });
    expect(one.bound()).toEqual([]);
    one.wish("192.0.2.11 lo");
    one.look();
    expect(one.bound()).toEqual([]);
  });

  test("a wish withdrawn while the kernel has not answered yet is undone all the same", () => {
    const one = host();
    one.look();
    let { state } = stepBinding(
      initialBindingState,
      { kind: "links", links: one.links },
      { now: 0 as Instant },
    );
    ({ state } = stepBinding(
      state,
      { kind: "wishes", wishes: [wish("192.0.2.10 lo")] },
      { now: 0 as Instant },
    ));
    const { effects } = stepBinding(state, { kind: "wishes", wishes: [] }, { now: 0 as Instant });
    expect(effects.filter(({ kind }) => kind === "remove")).toHaveLength(1);
  });

  test("another interface: off the one, onto the other", () => {
    const one = host();
    one.look();
    one.wish("192.0.2.10 lo");
    one.take();
    one.wish("192.0.2.10 eth0");
    expect(one.take()).toEqual(expect.arrayContaining(["remove 192.0.2.10 lo", "add 192.0.2.10 eth0"]));
    expect(one.bound()).toEqual(["192.0.2.10 on eth0"]);
    expect(one.report?.bound).toEqual([{ address: ip("192.0.2.10"), interface: "eth0" }]);
  });
});

describe("what comes in between", () => {
  test("an address that is here already, not by us, is left alone and said", () => {
    const one = host(link("kube-ipvs0", 20, { noArp: true, ...addressed("192.0.2.10/32") }));
    one.look();
    one.wish("192.0.2.10 lo");
    expect(one.take()).toContain(
      "192.0.2.10 not-bound on lo: it is on interface kube-ipvs0 already, where this agent did not put it, and is left alone",
    );
    expect(one.bound()).toEqual([]);
    one.change("kube-ipvs0", { addresses: [] });
    one.look();
    expect(one.bound()).toEqual(["192.0.2.10 on lo"]);
  });

  test("an interface that is not there yet, goes away and comes back with another index", () => {
    const one = host();
    one.look();
    one.wish("2001:db8::10 dummy0");
    expect(one.take()).toContain("2001:db8::10 not-bound on dummy0: interface dummy0 does not exist");
    one.links = [...one.links, link("dummy0", 30, addressed())];
    one.look();
    expect(one.bound()).toEqual(["2001:db8::10 on dummy0"]);
    one.look();
    one.links = one.links.filter(({ name }) => name !== "dummy0");
    one.look();
    expect(one.report?.bound).toEqual([]);
    one.links = [...one.links, link("dummy0", 31, addressed())];
    one.look();
    expect(one.bound()).toEqual(["2001:db8::10 on dummy0"]);
  });

  test("an interface that is renamed loses the address, and the one that gets its name has it", () => {
    const one = host(link("eth1", 11, addressed()));
    one.look();
    one.wish("2001:db8::10 eth1");
    one.look();
    one.change("eth1", { name: "wan0" });
    one.change("eth0", { name: "eth1" });
    one.look();
    expect(one.bound()).toEqual(["2001:db8::10 on eth1"]);
  });

  test("somebody takes it off: it is put back", () => {
    const one = host();
    one.look();
    one.wish("192.0.2.10 lo");
    one.look();
    one.change("lo", { addresses: [] });
    one.look();
    expect(one.bound()).toEqual(["192.0.2.10 on lo"]);
  });

  test("links that do not show it yet are waited for, but not for ever", () => {
    const one = host();
    one.look();
    one.wish("192.0.2.10 lo");
    one.take();
    one.change("lo", { addresses: [] });
    one.wait(999);
    one.look();
    expect(one.take()).toEqual([]);
    one.wait(1);
    expect(one.take()).toContain("add 192.0.2.10 lo");
  });
});

describe("refusals", () => {
  test.each([
    [
      "EPERM",
      "192.0.2.10",
      "the kernel does not let this agent change interface lo (EPERM), which takes the capability NET_ADMIN",
    ],
    ["EACCES", "2001:db8::10", "IPv6 is switched off on interface lo (EACCES)"],
    ["ENOBUFS", "192.0.2.10", "the kernel refused to put it on interface lo (ENOBUFS)"],
  ])("%s is said once, and tried again every ten seconds", (code, address, because) => {
    const one = host();
    one.refusals.set(address, code);
    one.look();
    one.wish(`${address} lo`);
    expect(one.take()).toContain(`${address} not-bound on lo: ${because}`);
    expect(one.report?.notBound).toEqual([{ address: ip(address), because }]);
    one.wait(9_999);
    one.look();
    expect(one.take()).toEqual([]);
    one.wait(1);
    expect(one.take()).toEqual([`add ${address} lo`]);
    one.refusals.clear();
    one.wait(10_000);
    expect(one.take()).toContain(`${address} bound on lo: this node announces it`);
  });

  test("an address that cannot be taken off is a warning", () => {
    const one = host();
    one.look();
    one.wish("192.0.2.10 lo");
    one.look();
    one.refusals.set("192.0.2.10", "EPERM");
    one.wish();
    expect(one.take()).toContain("warning: 192.0.2.10 cannot be taken off interface lo (EPERM)");
    one.wait(9_999);
    expect(one.take()).toEqual([]);
    one.refusals.clear();
    one.wait(1);
    expect(one.bound()).toEqual([]);
  });
});

describe("who answers", () => {
  const answers = (one: Host) => one.report?.kernelAnswers.map(({ interfaceIndex }) => interfaceIndex);

  test.each([
    [0, "lo", [ETH0]],
    [1, "lo", []],
    [1, "eth0", [ETH0]],
    [2, "eth0", []],
    [3, "lo", [ETH0]],
    [8, "eth0", []],
  ])("IPv4, arp_ignore %i, bound to %s: the kernel answers for sure on %j", (arpIgnore, bindTo, expected) => {
    const one = host();
    one.settings = { arpIgnore, arpFilter: false };
    one.look();
    one.wish(`192.0.2.10 ${bindTo}`);
    expect(answers(one)).toEqual(expected);
  });

  test("with arp_filter it depends on the asker, so the agent goes on answering", () => {
    const one = host();
    one.settings = { arpIgnore: 0, arpFilter: true };
    one.look();
    one.wish("192.0.2.10 lo");
    expect(answers(one)).toEqual([]);
  });

  test.each([
    ["eth0", [ETH0]],
    ["lo", []],
  ])("IPv6, bound to %s: the kernel answers on %j", (bindTo, expected) => {
    const one = host();
    one.look();
    one.wish(`2001:db8::10 ${bindTo}`);
    expect(answers(one)).toEqual(expected);
  });

  test("the announcer hears that the kernel ceases to answer before it does", () => {
    const one = host();
    one.look();
    one.wish("2001:db8::10 eth0");
    one.look();
    one.take();
    one.wish("2001:db8::10 lo");
    const log = one.take();
    expect(log.indexOf("report")).toBeLessThan(log.indexOf("remove 2001:db8::10 eth0"));
    expect(log).toContain("report");
    expect(answers(one)).toEqual([]);
  });

  test("settings are read again every half minute, and only while they matter", () => {
    const one = host();
    one.look();
    one.wish("2001:db8::10 eth0");
    expect(one.take()).not.toContain("look at eth0");
    one.wish("192.0.2.10 lo");
    expect(one.take()).toContain("look at eth0");
    one.settings = { arpIgnore: 1, arpFilter: false };
    one.wait(30_000);
    expect([one.take(), answers(one)]).toEqual([expect.arrayContaining(["look at eth0"]), []]);
    one.wish();
    one.take();
    one.wait(30_000);
    one.wait(30_000);
    expect(one.take()).toEqual([]);
  });

  test("answers of the kernel where the address belongs but is not announced are a warning, once", () => {
    const one = host(
      link("eth1", 11, { ...addressed("192.0.2.3/24"), defaultRoute: { v4: false, v6: false } }),
    );
    one.look();
    one.wish("192.0.2.10 lo eth1", "192.0.2.11 lo eth1");
    const warning =
      "warning: the kernel answers ARP for 192.0.2.10 and 1 more on eth0, too, where it is not announced, because arp_ignore is 0 there; net.ipv4.conf.all.arp_ignore=1 ends that";
    expect(one.take().filter((line) => line === warning)).toHaveLength(1);
    one.look();
    expect(one.take().filter((line) => line.startsWith("warning"))).toEqual([]);
  });
});

test("whatever happens, once it is quiet exactly what is wished for is bound", () => {
  const anyWish = fc.record({
    address: fc.constantFrom("192.0.2.10", "192.0.2.11", "2001:db8::10"),
    bindTo: fc.constantFrom("lo", "eth0", "eth9"),
  });
  const anyWishes = fc.uniqueArray(anyWish, { selector: ({ address }) => address });
  const anyEvent = fc.oneof(
    anyWishes.map((wishes) => (one: Host) => one.wish(...wishes.map((w) => `${w.address} ${w.bindTo}`))),
    fc.constant((one: Host) => one.look()),
    fc.constantFrom("lo", "eth0").map((name) => (one: Host) => one.change(name, { addresses: [] })),
    fc.constant((one: Host) => one.change("lo", { addresses: [mark("192.0.2.99"), mark("192.0.2.10")] })),
    fc.constantFrom("192.0.2.10", "2001:db8::10").map((address) => (one: Host) => {
      if (!one.refusals.delete(address)) one.refusals.set(address, "EPERM");
    }),
    fc.nat(12_000).map((millis) => (one: Host) => one.wait(millis)),
  );
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 20 }), anyWishes, (events, last) => {
      const one = host();
      for (const happen of events) happen(one);
      one.refusals.clear();
      one.wish(...last.map((w) => `${w.address} ${w.bindTo}`));
      for (let round = 0; round < 4; round++) {
        one.look();
        one.wait(11_000);
      }
      const expected = last
        .filter(({ bindTo }) => bindTo !== "eth9")
        .map((w) => `${w.address} on ${w.bindTo}`);
      expect([...one.bound()].sort()).toEqual(expected.sort());
      one.take();
      one.look();
      expect(one.take().filter((line) => !line.startsWith("look"))).toEqual([]);
    }),
  );
});
