import { describe, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { type Instant, instantAfter } from "@steelyard/model/foundation";
import fc from "fast-check";
import { addressed, link } from "../../interfaces/testing/links.ts";
import { formatMac } from "../../wire/mac-address.ts";
import { advertisementFrame, EVERYONE, gratuitousArpFrames } from "../../wire/neighbor-frames.ts";
import { ip } from "../../wire/testing/ip.ts";
import { describeFrame } from "../announcer/testing/describe-frame.ts";
import { stepWireCheck } from "./step.ts";
import {
  initialWireCheckState,
  type WireCheckEffect,
  type WireCheckInput,
  type WireCheckReport,
  type WireCheckState,
  type WireCheckTimer,
} from "./types.ts";

const mac = (last: number) => new Uint8Array([2, 0, 0, 0, 1, last]);
const [ofB, alsoOfB, ofC, stranger] = [mac(0xb0), mac(0xb1), mac(0xc0), mac(0x99)];
const eth0 = link("eth0", 10, addressed("192.0.2.1/24", "2001:db8::1/64"));
const VIP = "192.0.2.10";
const VIP6 = "2001:db8::10";

/** A segment on which certain MACs answer for certain addresses, seen by node a. */
class Segment {
  state: WireCheckState = initialWireCheckState;
  now = 0 as Instant;
  answers: Readonly<Record<string, readonly Uint8Array[]>> = {};
  refuses: "open" | "send" | undefined;
  reports: WireCheckReport[] = [];
  readonly asked: string[] = [];
  readonly told: string[] = [];
  readonly sockets = new Set<string>();
  readonly #armed = new Map<WireCheckTimer, Instant>();
  readonly #interval: number;

  constructor(interval = 1000) {
    this.#interval = interval;
    this.take({ kind: "links", links: [eth0] });
    const nodes = [
      { node: "b", macs: [ofB, alsoOfB] },
      { node: "c", macs: [ofC] },
      { node: "d", macs: [] },
    ];
    this.take({ kind: "nodes", nodes });
  }

  take(input: WireCheckInput): void {
    const { state, effects } = stepWireCheck(this.state, input, {
      now: this.now,
      random: { fraction: () => 0 },
      config: { interval: this.#interval, excludeInterfaces: "^cali" },
    });
    this.state = state;
    for (const effect of effects) this.#perform(effect);
  }

  verify(...owners: readonly (readonly [string, string])[]): void {
    const addresses = owners.map(([address, owner]) => ({ address: ip(address), owner, interfaces: [] }));
    this.take({ kind: "addresses", addresses });
  }

  wait(millis: number): void {
    const until = instantAfter(this.now, millis);
    for (;;) {
      const [next] = [...this.#armed].filter(([, at]) => at <= until).sort(([, a], [, b]) => a - b);
      if (next === undefined) break;
      this.#armed.delete(next[0]);
      // Held up, the thread finds its timers overdue.
      this.now = instantAfter(next[1], Math.max(0, this.now - next[1]));
      this.take({ kind: "timer", timer: next[0] });
    }
    this.now = until;
  }

  #perform(effect: WireCheckEffect): void {
    switch (effect.kind) {
      case "arm":
        this.#armed.set(effect.timer, effect.at);
        return;
      case "open-socket": {
        const { interfaceIndex, protocol } = effect;
        if (this.refuses === "open") return this.#refuse(interfaceIndex, protocol, "open");
        this.sockets.add(`${interfaceIndex}/${protocol}`);
        return this.take({ kind: "socket-opened", interfaceIndex, protocol });
      }
      case "close-socket":
        this.sockets.delete(`${effect.interfaceIndex}/${effect.protocol}`);
        return;
      case "send":
        this.asked.push(...effect.frames.map((frame) => `${this.now} ${describeFrame(frame)}`));
        if (this.refuses === "send") return this.#refuse(effect.interfaceIndex, effect.protocol, "send");
        return this.#answer(effect.interfaceIndex, effect.protocol);
      case "transition":
        this.told.push(
          `${formatIpAddress(effect.address)} ${effect.to} ${effect.macs.map(formatMac).join(",")}`.trim(),
        );
        return;
      case "report":
        this.reports.push(effect.report);
        return;
      default:
        throw new Error(`unexpected effect ${effect.kind}`);
    }
  }

  #refuse(interfaceIndex: number, protocol: "arp" | "ipv6", during: "open" | "send"): void {
    this.take({ kind: "socket-error", interfaceIndex, protocol, during, code: "ENETDOWN", verdict: "later" });
  }

  #answer(interfaceIndex: number, protocol: "arp" | "ipv6"): void {
    const text = this.state.question && formatIpAddress(this.state.question.about.address);
    const frames = (this.answers[text ?? ""] ?? []).flatMap((each) => answersOf(text ?? "", each));
    if (frames.length > 0) this.take({ kind: "frames", interfaceIndex, protocol, frames });
  }
}

/** Twice, as a host may. */
function answersOf(address: string, from: Uint8Array): readonly Uint8Array[] {
  if (address.includes(":")) {
    const frame = advertisementFrame(ip(address), from, EVERYONE);
    return [frame, frame];
  }
  const reply = gratuitousArpFrames(ip(address), from)[1] ?? new Uint8Array(0);
  return [reply, reply];
}

describe("a question", () => {
  test("is asked with the node's own address, of the subnet where there is one", () => {
    const here = new Segment();
    here.answers = { [VIP]: [ofB], [VIP6]: [ofB] };
    here.verify([VIP, "b"], [VIP6, "b"]);
    here.wait(1900);
    expect(here.asked).toEqual([
      "0 02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff: arp request who-has 192.0.2.10 tell 192.0.2.1",
      "1000 02:00:00:00:00:0a > 33:33:ff:00:00:10: 2001:db8::1 > ff02::1:ff00:10 neighbor solicitation who-has 2001:db8::10 source-link-layer-address 02:00:00:00:00:0a",
    ]);
    expect([...here.sockets]).toEqual([]);
  });

  test("is asked once in the interval, of one address after the other", () => {
    const here = new Segment();
    here.verify(...[1, 2, 3].map((n) => [`192.0.2.1${n}`, "b"] as const));
    here.answers = Object.fromEntries([1, 2, 3].map((n) => [`192.0.2.1${n}`, [ofB]]));
    here.wait(4500);
    const targets = here.asked.map((line) => `${line.split(" ")[0]} ${/who-has (\S+)/.exec(line)?.[1]}`);
    expect(targets).toEqual([
      "0 192.0.2.11",
      "1000 192.0.2.12",
      "2000 192.0.2.13",
      "3000 192.0.2.11",
      "4000 192.0.2.12",
    ]);
  });

  test("is asked neither with the check switched off, nor where no link or no own address leads to the address", () => {
    const off = new Segment(0);
    off.verify([VIP, "b"]);
    off.wait(5000);
    const bare = new Segment();
    bare.take({ kind: "links", links: [link("eth0", 10), link("cali7", 11, addressed("192.0.2.1/24"))] });
    bare.verify([VIP, "b"]);
    bare.wait(5000);
    expect([off.asked, bare.asked, off.told, bare.told]).toEqual([[], [], [], []]);
  });

  test("rather uses an address with a subnet than one that may be a Service's", () => {
    const here = new Segment();
    const mixed = addressed("192.0.2.77/32", "198.51.100.1/24");
    here.take({ kind: "links", links: [link("eth0", 10, mixed)] });
    here.verify([VIP, "b"]);
    here.wait(10);
    expect(here.asked[0]).toContain("tell 198.51.100.1");
  });

  test("goes on with the interval when it was held up for long", () => {
    const here = new Segment();
    here.answers = { [VIP]: [ofB] };
    here.verify([VIP, "b"]);
    here.wait(1200);
    here.now = instantAfter(here.now, 60_000);
    here.wait(2000);
    expect(here.asked.length).toBeLessThanOrEqual(5);
    expect(here.told).toEqual([]);
  });
});

describe("the verdict", () => {
  test.each([
    ["one node of ours", [ofB], []],
    ["the owner through two of its interfaces", [ofB, alsoOfB], []],
    ["another node of ours, to which it has just moved", [ofC], []],
    ["nobody", [], ["NobodyAnswers"]],
    ["two nodes of ours", [ofB, ofC], ["TwoAnswer 02:00:00:00:01:b0,02:00:00:00:01:c0"]],
    ["the owner and a stranger", [ofB, stranger], ["TwoAnswer 02:00:00:00:01:99,02:00:00:00:01:b0"]],
    ["a stranger", [stranger], ["ForeignHost 02:00:00:00:01:99"]],
  ])("when %s answers", (_name, answers, expected) => {
    for (const address of [VIP, VIP6]) {
      const here = new Segment();
      here.answers = { [address]: answers };
      here.verify([address, "b"]);
      // Bad news is believed the second time.
      here.wait(1100);
      expect(here.told).toEqual([]);
      here.wait(200);
      expect(here.told).toEqual(expected.map((each) => `${address} ${each}`));
    }
  });

  test("is no accusation when it is not known which MACs the owner has", () => {
    const here = new Segment();
    here.answers = { [VIP]: [stranger] };
    here.verify([VIP, "d"]);
    here.wait(5000);
    expect(here.told).toEqual([]);
  });

  test.each(["open", "send"] as const)("is none when the question was not asked (%s)", (phase) => {
    const here = new Segment();
    here.refuses = phase;
    here.verify([VIP, "b"]);
    here.wait(4900);
    expect([here.told, [...here.sockets]]).toEqual([[], []]);
  });

  test("is none when the owner or the link has changed meanwhile", () => {
    const here = new Segment();
    here.verify([VIP, "b"]);
    here.wait(1100);
    here.verify([VIP, "c"]);
    here.wait(1000);
    here.take({ kind: "links", links: [link("eth0", 10, { running: false })] });
    here.wait(5000);
    expect(here.told).toEqual([]);
  });

  test("is told once, reported as long as it stands, and asked about every 30 s until it changes", () => {
    const here = new Segment();
    here.answers = { "192.0.2.11": [ofB], "192.0.2.12": [ofB] };
    here.verify([VIP, "b"], ["192.0.2.11", "b"], ["192.0.2.12", "b"]);
    here.wait(60_000);
    expect(here.told).toEqual([`${VIP} NobodyAnswers`]);
    expect(here.reports.at(-1)?.checks).toMatchObject([{ verdict: "NobodyAnswers", macs: [], since: 1200 }]);
    here.answers = { ...here.answers, [VIP]: [ofB] };
    here.wait(33_000);
    expect(here.told).toEqual([`${VIP} NobodyAnswers`, `${VIP} Reachable 02:00:00:00:01:b0`]);
    expect(here.reports.at(-1)?.checks).toEqual([]);
  });

  test("that is bad is looked at again before the round comes back to it", () => {
    const here = new Segment();
    const others = Array.from({ length: 200 }, (_, index) => `192.0.2.${20 + index}`);
    here.answers = Object.fromEntries(others.map((address) => [address, [ofB]]));
    here.verify([VIP, "b"], ...others.map((address) => [address, "b"] as const));
    here.wait(2000);
    expect(here.told).toEqual([`${VIP} NobodyAnswers`]);
    here.answers = { ...here.answers, [VIP]: [ofB] };
    here.wait(32_000);
    expect(here.told).toHaveLength(2);
  });

  test("is forgotten with its address, and with its owner", () => {
    const here = new Segment();
    here.verify([VIP, "b"], [VIP6, "b"]);
    here.wait(10_000);
    expect(here.reports.at(-1)?.checks).toHaveLength(2);
    here.verify([VIP6, "c"]);
    expect(here.reports.at(-1)?.checks).toEqual([]);
  });

  test("counts; counters alone are reported every ten seconds", () => {
    const here = new Segment();
    here.answers = { [VIP]: [ofB] };
    here.verify([VIP, "b"]);
    here.wait(30_900);
    expect(here.reports.map(({ checked }) => checked.Reachable)).toEqual([1, 11, 21, 31]);
  });
});

test("whatever happens, sockets are closed and questions are an interval apart", () => {
  const event = fc.oneof(
    fc.record({ wait: fc.nat(3000) }),
    fc.record({ answers: fc.subarray([ofB, ofC, stranger]) }),
    fc.record({ owner: fc.constantFrom("b", "c", "d", "") }),
    fc.record({ refuses: fc.constantFrom("open" as const, "send" as const, undefined) }),
    fc.record({ links: fc.constantFrom([], [eth0], [link("eth0", 10)]) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const here = new Segment();
      for (const each of events) {
        if ("wait" in each) here.wait(each.wait);
        else if ("answers" in each) here.answers = { [VIP]: each.answers };
        else if ("owner" in each) here.verify(...(each.owner === "" ? [] : [[VIP, each.owner] as const]));
        else if ("links" in each) here.take({ kind: "links", links: each.links });
        else here.refuses = each.refuses;
      }
      const times = here.asked.map((line) => Number(line.split(" ")[0]));
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(Math.min(1000, ...gaps)).toBe(1000);
      here.verify();
      here.wait(5000);
      expect([...here.sockets]).toEqual([]);
    }),
  );
});
