import { describe, expect, test } from "@jest/globals";
import { ipAddress, ipPrefix } from "@steelyard/model/address";
import { type Instant } from "@steelyard/model/foundation";
import { type BgpUpdateMessage } from "../../wire/bgp/messages.ts";
import { bytesOf, routerOpen } from "./testing/router-messages.ts";
import { updateOf } from "./testing/scenario-inputs.ts";
import { messagesOf, SessionDriver } from "./testing/session-driver.ts";

const keepalive = { kind: "keepalive" } as const;
const established = (holdTimeSeconds = 90) =>
  new SessionDriver({ holdTimeSeconds }).give({ kind: "start" }).connected(1).hear(1, routerOpen, keepalive);

describe("the hold timer of an agent that did not run", () => {
  /** Nothing runs for so long, and then the timers do, before the sockets are read. */
  function stall(millis: number): SessionDriver {
    const driver = established(9);
    driver.now = (driver.now + millis) as Instant;
    const hold = [...driver.armed.values()].find(({ timer }) => timer === "hold");
    if (hold !== undefined) driver.fire(hold);
    return driver;
  }

  test("is reprieved for a second, in which the router may be heard", () => {
    const driver = stall(12_000);
    expect(driver.report.state).toBe("established");
    driver.pass(500).hear(1, keepalive).pass(8000);
    expect(driver.report.state).toBe("established");
  });

  test("is reprieved once only", () => {
    expect(stall(12_000).pass(1000).report.state).toBe("idle");
  });

  test("ends the session at once if it fires in time", () => {
    expect(stall(9100).report.state).toBe("idle");
  });
});

describe("ten thousand prefixes", () => {
  const updates: readonly BgpUpdateMessage[] = Array.from({ length: 500 }, (_, batch) => {
    const announced = Array.from({ length: 20 }, (_, index) =>
      ipPrefix(ipAddress("IPv4", BigInt(0x0a00_0000 + batch * 20 + index)), 32),
    );
    return { ...updateOf(["+10.0.0.0/32"]), announced };
  });

  test("go out in few pieces, none of them large", () => {
    const driver = established();
    driver.take();
    const pieces = driver.give({ kind: "advertise", messages: updates }).of("send");
    expect(pieces.length).toBeLessThan(4);
    expect(Math.max(...pieces.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(65_536);
    expect(pieces.flatMap(({ bytes }) => messagesOf(bytes))).toEqual(updates);
    expect(driver.report.counters.updatesSent).toBe(500);
  });

  test("are counted when they come in", () => {
    const driver = established().give({ kind: "received", connection: 1, bytes: bytesOf(...updates) });
    const { counters, received } = driver.report;
    expect(counters.updatesReceived).toBe(500);
    expect(Math.abs(received.IPv4 - 10_000)).toBeLessThan(500);
  });
});

test("nothing is advertised before the session is established", () => {
  const driver = new SessionDriver().give({ kind: "start" }).connected(1).hear(1, routerOpen);
  driver.take();
  driver.give({ kind: "advertise", messages: [updateOf(["+192.0.2.1/32"])] });
  expect(driver.take()).toEqual([]);
});
