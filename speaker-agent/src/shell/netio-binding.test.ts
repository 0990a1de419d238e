import { afterEach, describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { MemoryHost } from "../adapters/memory/memory-host.ts";
import { addressed, link } from "../core/interfaces/testing/links.ts";
import { type BindingReport, type BindingWish } from "../core/machines/binding/types.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { NetioBinding } from "./netio-binding.ts";

const ETH0 = 10;

describe("the binding of a worker", () => {
  const running: NetioBinding[] = [];
  afterEach(() => running.splice(0).forEach((binding) => binding.stop()));

  function setUp(arpIgnore = 0) {
    const host = new MemoryHost();
    const clock = new ManualClock({ startMillis: 1000 });
    const log: string[] = [];
    const write = (fields: object, message: string): void =>
      void log.push([message, ...Object.values(fields).map(String)].join(" | "));
    host.links.add(link("eth0", ETH0, addressed("192.0.2.2/24")));
    let report: BindingReport | undefined;
    /** What was bound, by the texts of the addresses, each time a report came. */
    const boundAtReport: string[] = [];
    const bound = () =>
      host.links.table.flatMap(({ addresses }) => addresses.filter((each) => each.bound)).length;
    const binding = new NetioBinding({
      interfaceAddresses: host.interfaceAddresses,
      arpSettings: { read: () => ({ arpIgnore, arpFilter: false }) },
      clock,
      log: { debug: write, info: write, warn: write, error: write },
      onReport: (each) => {
        report = each;
        boundAtReport.push(`${each.kernelAnswers.length} of ${bound()}`);
      },
    });
    running.push(binding);
    host.routeNetlink.watch((links) => binding.links(links));
    const turn = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(0);
    };
    return { host, clock, log, binding, turn, bound, boundAtReport, report: () => report };
  }

  const wish = (address: string, bindTo = "eth0"): BindingWish => ({
    address: ip(address),
    bindTo,
    announcedOn: ["eth0"],
  });

  test("binds, tells where the kernel answers, and takes off", async () => {
    const { binding, turn, bound, report, log, boundAtReport } = setUp();
    await turn();
    binding.wish([wish("192.0.2.10")]);
    await turn();
    await turn();
    expect(report()).toEqual({
      bound: [{ address: ip("192.0.2.10"), interface: "eth0" }],
      notBound: [],
      kernelAnswers: [{ address: ip("192.0.2.10"), interfaceIndex: ETH0 }],
    });
    binding.wish([]);
    expect(bound()).toBe(0);
    // The last report, in which the kernel answers nothing any more, came while it still did.
    expect(boundAtReport.at(-1)).toBe("0 of 1");
    expect(log).toEqual([
      "address bound | 192.0.2.10 | eth0 | this node announces it",
      "address released | 192.0.2.10 | eth0 | it is not to be there any more",
    ]);
  });

  test("a refusal is logged, and tried again", async () => {
    const { binding, turn, bound, host, log, clock } = setUp();
    await turn();
    host.interfaceAddresses.refusal = "EPERM";
    binding.wish([wish("192.0.2.10")]);
    await turn();
    expect(log).toEqual([
      "address cannot be bound | 192.0.2.10 | eth0 | the kernel does not let this agent change interface eth0 (EPERM), which takes the capability NET_ADMIN",
    ]);
    host.interfaceAddresses.refusal = undefined;
    clock.advance(10_000);
    expect(bound()).toBe(1);
  });

  test("the stop leaves nothing behind, also of what is still under way", async () => {
    const { binding, turn, bound } = setUp();
    await turn();
    binding.wish([wish("192.0.2.10"), wish("192.0.2.11")]);
    binding.stop();
    expect(bound()).toBe(0);
  });
});
