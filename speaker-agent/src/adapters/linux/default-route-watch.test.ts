import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { type DefaultRoutes, DefaultRouteWatch } from "./default-route-watch.ts";
import * as bytes from "./testing/route-bytes.ts";
import { ScriptedNetlink } from "./testing/scripted-addon.ts";

function setUp() {
  const kernel = new ScriptedNetlink();
  const clock = new ManualClock({ startMillis: 1000 });
  const told: string[] = [];
  const errors: string[] = [];
  const describeRoutes = ({ IPv4, IPv6 }: DefaultRoutes) =>
    [IPv4, IPv6].map((links) => [...links].join()).join("/");
  const watch = new DefaultRouteWatch(kernel.addon, clock, {
    onRoutes: (routes) => told.push(describeRoutes(routes)),
    onError: (error) => errors.push(error.message),
  });
  watch.start();
  const asked = () => kernel.requests.sent.length;
  /** Answers the newest request: default routes over these links, then the end. */
  const answer = (...links: readonly number[]): void => {
    const { sequence } = kernel.lastRequest();
    for (const index of links) kernel.deliver(kernel.requests, bytes.defaultRoute(index, sequence));
    kernel.deliver(kernel.requests, bytes.done(sequence));
  };
  const event = (datagram: Uint8Array) => kernel.deliver(kernel.events, datagram);
  return { kernel, clock, told, errors, watch, asked, answer, event };
}

describe("watching the default routes", () => {
  test("asks for those of IPv4, then of IPv6, and tells once it has both", () => {
    const { told, answer } = setUp();
    answer(2);
    expect(told).toEqual([]);
    answer(2, 3);
    expect(told).toEqual(["2/2,3"]);
  });

  test("reads again, and tells, after a default route came or went; what comes together is read once", () => {
    const { told, answer, event, clock, asked } = setUp();
    answer(2);
    answer();
    event(bytes.defaultRoute(3));
    event(bytes.message(25, bytes.route([])));
    clock.advance(19);
    expect(asked()).toBe(2);
    clock.advance(1);
    expect(asked()).toBe(3);
    answer(3);
    answer();
    expect(told).toEqual(["2/", "3/"]);
  });

  test("an event during the reading leads to another one; an equal outcome is not told twice", () => {
    const { told, answer, event, clock, asked } = setUp();
    answer(2);
    event(bytes.defaultRoute(3));
    answer();
    clock.advance(20);
    expect(asked()).toBe(3);
    answer(2);
    answer();
    clock.advance(1000);
    expect([told, asked()]).toEqual([["2/"], 4]);
  });

  test("IPv4 routes go without a word when their link goes down or loses an address, so these count", () => {
    const { answer, event, clock, asked } = setUp();
    answer(2);
    answer();
    event(bytes.linkEvent(2, false));
    clock.advance(20);
    expect(asked()).toBe(3);
    answer();
    answer();
    event(bytes.addressGone(2));
    clock.advance(20);
    expect(asked()).toBe(5);
  });

  test("links that never carried one do not, nor does a link that tells the same again", () => {
    const { answer, event, clock, asked } = setUp();
    answer(2);
    answer();
    event(bytes.linkEvent(2, true));
    clock.advance(20);
    answer(2);
    answer();
    event(bytes.linkEvent(2, true));
    event(bytes.linkEvent(9, false));
    event(bytes.addressGone(9));
    clock.advance(1000);
    expect(asked()).toBe(4);
  });

  test("a reading that took long is not repeated soon", () => {
    const { answer, event, clock, asked } = setUp();
    clock.advance(400);
    answer(2);
    answer();
    event(bytes.defaultRoute(3));
    clock.advance(3999);
    expect(asked()).toBe(2);
    clock.advance(1);
    expect(asked()).toBe(3);
  });

  test("an interrupted reading is repeated, but not for ever", () => {
    const { kernel, told, clock, asked } = setUp();
    const answerInterrupted = () => {
      const { sequence } = kernel.lastRequest();
      kernel.deliver(kernel.requests, bytes.message(3, bytes.word(0), { sequence, flags: 0x12 }));
    };
    for (let reading = 1; reading <= 4; reading++) {
      expect(told).toEqual([]);
      answerInterrupted();
      answerInterrupted();
      clock.advance(20);
    }
    expect([told, asked()]).toEqual([["/"], 8]);
  });
});

describe("when something is lost", () => {
  test("lost events: it is read again", () => {
    const { kernel, answer, clock, asked, errors } = setUp();
    answer();
    answer();
    kernel.fail(kernel.events, "ENOBUFS");
    clock.advance(20);
    expect([asked(), errors]).toEqual([3, []]);
  });

  test("a refusal is an error, there are none until then, and it is tried again after a second", () => {
    const { kernel, told, errors, clock, answer } = setUp();
    kernel.deliver(kernel.requests, bytes.done(kernel.lastRequest().sequence, 13));
    expect([errors, told]).toEqual([["rtnetlink: the kernel refused to list its routes (errno 13)"], ["/"]]);
    expect(kernel.open).toHaveLength(0);
    clock.advance(1000);
    answer(2);
    answer();
    expect(told).toEqual(["/", "2/"]);
  });

  test("what is known stays known through a fault", () => {
    const { kernel, told, answer } = setUp();
    answer(2);
    answer();
    kernel.fail(kernel.requests, "EMSGSIZE");
    expect(told).toEqual(["2/"]);
  });

  test("a kernel without IPv6 has no routes of it", () => {
    const { kernel, told, errors, answer } = setUp();
    answer(2);
    kernel.deliver(kernel.requests, bytes.done(kernel.lastRequest().sequence, 95));
    expect([told, errors]).toEqual([["2/"], []]);
  });

  test("five seconds without a word are an error; a long list that still comes is none", () => {
    const { kernel, errors, clock } = setUp();
    clock.advance(4000);
    kernel.deliver(kernel.requests, bytes.defaultRoute(2, kernel.lastRequest().sequence));
    clock.advance(4999);
    expect(errors).toEqual([]);
    clock.advance(1);
    expect(errors).toEqual(["rtnetlink: the kernel did not finish its list of routes"]);
  });

  test("closing ends everything", () => {
    const { kernel, clock, told, watch, event, answer } = setUp();
    answer(2);
    answer();
    event(bytes.defaultRoute(3));
    watch.close();
    clock.advance(10_000);
    expect([kernel.open.length, clock.pendingTimers, told]).toEqual([0, 0, ["2/"]]);
  });
});
