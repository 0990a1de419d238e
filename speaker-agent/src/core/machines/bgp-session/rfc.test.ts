import { describe, expect, test } from "@jest/globals";
import { type BgpCapability, type BgpMessage } from "../../wire/bgp/messages.ts";
import { bytesOf, config, helperMode, idOf, routerOpen } from "./testing/router-messages.ts";
import { updateOf } from "./testing/scenario-inputs.ts";
import { SessionDriver } from "./testing/session-driver.ts";
import { type BgpSessionConfig } from "./types.ts";

const keepalive = { kind: "keepalive" } as const;
type Open = typeof routerOpen;

function sentOpen(changes: Partial<BgpSessionConfig> = {}): SessionDriver {
  return new SessionDriver(changes).give({ kind: "start" }).connected(1);
}

function opened(changes: Partial<BgpSessionConfig> = {}, open: Partial<Open> = {}): SessionDriver {
  return sentOpen(changes).hear(1, { ...routerOpen, ...open });
}

function up(changes: Partial<BgpSessionConfig> = {}, open: Partial<Open> = {}): SessionDriver {
  return opened(changes, open).hear(1, keepalive);
}

const offering = (...more: readonly BgpCapability[]): Partial<Open> => ({
  capabilities: [...routerOpen.capabilities, ...more],
});

function refusal(driver: SessionDriver): readonly [number, number] | undefined {
  const found = driver.sent().find((message) => message.kind === "notification");
  return found?.kind === "notification" ? [found.code, found.subcode] : undefined;
}

function ourOpen(driver: SessionDriver): Open {
  const found = driver.sent().find((message) => message.kind === "open");
  if (found?.kind !== "open") throw new Error("no OPEN");
  return found;
}

describe("RFC 4271", () => {
  test("section 4.2: the smaller hold time holds", () => {
    expect(up({ holdTimeSeconds: 30 }).report.negotiated?.holdTimeSeconds).toBe(30);
    expect(up({}, { holdTimeSeconds: 9 }).report.negotiated?.holdTimeSeconds).toBe(9);
  });

  test("section 4.2: with a hold time of 0 there are neither KEEPALIVEs nor an end", () => {
    const driver = up({ holdTimeSeconds: 0 });
    driver.take();
    driver.pass(3_600_000);
    expect([driver.report.state, driver.sent()]).toEqual(["established", []]);
  });

  test("section 4.2: with a hold time of 0 OpenConfirm ends all the same, with the large hold timer", () => {
    const driver = opened({ holdTimeSeconds: 0 });
    expect(driver.pass(239_000).report.state).toBe("open-confirm");
    expect(driver.pass(1000).report.state).toBe("idle");
  });

  test("section 4.4: a KEEPALIVE goes out at least every third of the hold time", () => {
    const driver = up({ holdTimeSeconds: 9, keepalive: 60_000 });
    driver.take();
    driver.pass(8999);
    expect(driver.sent().length).toBeGreaterThanOrEqual(2);
  });

  test("section 5: a KEEPALIVE answers an OPEN that will do", () => {
    const driver = opened();
    expect(driver.sent().map(({ kind }) => kind)).toEqual(["open", "keepalive"]);
    expect(driver.report.state).toBe("open-confirm");
  });

  test.each([
    ["a number", 65001, 65002],
    ["internal", "internal", 65001],
    ["external", "external", 65000],
  ] as const)("section 6.2: Bad Peer AS, where %s is wanted", (_, peerAsn, asn) => {
    expect(refusal(opened({ peerAsn }, { asn, capabilities: [{ kind: "four-byte-asn", asn }] }))).toEqual([
      2, 2,
    ]);
  });

  test("section 6.2: Unacceptable Hold Time for one or two seconds", () => {
    const driver = sentOpen().give({
      kind: "received",
      connection: 1,
      bytes: bytesOf({ ...routerOpen, holdTimeSeconds: 3 }).map((byte, index) =>
        // The hold time's second byte: header 19, version 1, AS number 2, hold time 2.
        index === 23 ? 2 : byte,
      ),
    });
    expect(refusal(driver)).toEqual([2, 6]);
  });

  test("section 6.4: a NOTIFICATION is not answered by another one", () => {
    const driver = up();
    driver.take();
    driver.hear(1, { kind: "notification", code: 6, subcode: 0, data: new Uint8Array(0) });
    expect(driver.sent()).toEqual([]);
    expect(driver.report.state).toBe("idle");
  });

  test("section 6.5: Hold Timer Expired", () => {
    const driver = up({ holdTimeSeconds: 9 });
    driver.take();
    driver.pass(9000);
    expect(refusal(driver)).toEqual([4, 0]);
  });

  test("section 6.5: a message in time keeps the session", () => {
    const driver = up({ holdTimeSeconds: 9 });
    for (let second = 0; second < 60; second += 8) driver.pass(8000).hear(1, keepalive);
    expect(driver.report.state).toBe("established");
  });

  test("section 6.8: the connection of the higher identifier stays", () => {
    const higher = sentOpen({ routerId: idOf("10.0.0.3") })
      .connected(2, true)
      .hear(1, routerOpen)
      .hear(1, keepalive);
    expect(higher.report.negotiated?.connection).toBe(1);
    const lower = sentOpen().connected(2, true).hear(2, routerOpen).hear(2, keepalive);
    expect(lower.report.negotiated?.connection).toBe(2);
  });

  test("section 6.8: against an established session the new connection is closed", () => {
    const driver = up().pass(20_000).hear(1, keepalive).connected(2, true);
    driver.take();
    driver.hear(2, routerOpen);
    expect(driver.take()).toContainEqual({ kind: "close", connection: 2 });
    expect(driver.report.negotiated?.connection).toBe(1);
  });

  test("section 8.2.2: before the OPEN four minutes pass, then Hold Timer Expired", () => {
    const driver = sentOpen();
    driver.take();
    driver.pass(239_999);
    expect(driver.sent()).toEqual([]);
    driver.pass(1);
    expect(refusal(driver)).toEqual([4, 0]);
  });

  test("section 10: waits are jittered down to three quarters", () => {
    const waits = [0, 0.5, 0.999].map((fraction) => {
      const driver = new SessionDriver({}, { fraction: () => fraction }).give({ kind: "start" });
      driver.give({ kind: "connect-failed", because: "refused" });
      return Math.round(driver.report.dialAt ?? 0);
    });
    expect(waits).toEqual([750, 875, 1000]);
  });
});

test("RFC 6608: messages out of place are told with the state they came in", () => {
  const update = updateOf(["+192.0.2.0/24"]);
  expect(refusal(sentOpen().hear(1, keepalive))).toEqual([5, 1]);
  expect(refusal(opened().hear(1, update))).toEqual([5, 2]);
  expect(refusal(up().hear(1, routerOpen))).toEqual([5, 3]);
});

describe("RFC 6286", () => {
  test("section 2.2: inside an AS the router may not have our identifier", () => {
    const ours = { asn: 65000, routerId: config.routerId ?? 0, capabilities: [] };
    expect(refusal(opened({ peerAsn: "internal" }, ours))).toEqual([2, 3]);
  });

  test("section 2.2: between ASes it may", () => {
    expect(up({}, { routerId: config.routerId ?? 0 }).report.state).toBe("established");
  });

  test.each([
    ["ours", 65002, 1],
    ["the router's", 65000, 2],
  ] as const)("section 2.3: with equal identifiers the higher AS number decides: %s", (_, localAsn, kept) => {
    const open = { ...routerOpen, routerId: config.routerId ?? 0 };
    const driver = sentOpen({ localAsn }).connected(2, true).hear(1, open);
    if (kept === 2) driver.hear(2, open);
    expect(driver.hear(kept, keepalive).report.negotiated?.connection).toBe(kept);
  });
});

describe("RFC 5492 and RFC 4760", () => {
  test("RFC 5492, section 3: Unsupported Capability names what is missing", () => {
    const driver = opened(
      { families: ["IPv6"] },
      { capabilities: [{ kind: "multiprotocol", family: "IPv4" }] },
    );
    expect(driver.sent().at(-1)).toMatchObject({
      ...{ kind: "notification", code: 2, subcode: 7 },
      data: Uint8Array.of(1, 4, 0, 2, 0, 1),
    });
  });

  test("RFC 4760, section 8: without the capability a router carries IPv4", () => {
    expect(up({}, { capabilities: [] }).report.negotiated?.families).toEqual(["IPv4"]);
  });

  test("RFC 4760, section 8: only what both offer is carried", () => {
    const capabilities: readonly BgpCapability[] = [{ kind: "multiprotocol", family: "IPv6" }];
    expect(up({}, { capabilities }).report.negotiated?.families).toEqual(["IPv6"]);
  });
});

test("RFC 6793, section 4.1: AS numbers of four bytes only when the router offers them, too", () => {
  expect(up().report.negotiated?.fourByteAsn).toBe(true);
  const old = up({ localAsn: 4_200_000_000 }, { capabilities: [] });
  expect(old.report.negotiated?.fourByteAsn).toBe(false);
  expect(ourOpen(old)).toMatchObject({ asn: 4_200_000_000 });
});

test("RFC 8950, section 4: IPv4 over IPv6 only when both offer it", () => {
  const offer = offering({ kind: "extended-next-hop", family: "IPv4", nextHop: "IPv6" });
  expect(up({ extendedNextHop: true }, offer).report.negotiated?.extendedNextHop).toBe(true);
  expect(up({ extendedNextHop: true }).report.negotiated?.extendedNextHop).toBe(false);
  expect(up({}, offer).report.negotiated?.extendedNextHop).toBe(false);
});

describe("RFC 2918 and RFC 7313", () => {
  const refresh = (family: "IPv4" | "IPv6", subtype: "request" | "begin" | "end"): BgpMessage => ({
    ...{ kind: "route-refresh", family, subtype },
  });

  test("RFC 2918, section 4: the family is sent again", () => {
    const driver = up().hear(1, refresh("IPv6", "request"));
    expect(driver.of("refresh")).toEqual([{ kind: "refresh", family: "IPv6" }]);
  });

  test("RFC 2918, section 4: a family that is not carried is ignored", () => {
    const driver = up({ families: ["IPv4"] }).hear(1, refresh("IPv6", "request"));
    expect(driver.of("refresh")).toEqual([]);
    expect(driver.report).toMatchObject({ state: "established", counters: { routeRefreshesReceived: 1 } });
  });

  test("RFC 7313, section 4: the router's own BoRR and EoRR ask for nothing", () => {
    const driver = up().hear(1, refresh("IPv4", "begin"), refresh("IPv4", "end"));
    expect(driver.of("refresh")).toEqual([]);
  });

  test("RFC 7313, section 5: a wrong length is told with the message as data", () => {
    const whole = Uint8Array.from([...bytesOf(refresh("IPv4", "begin")), 0]);
    whole[17] = whole.length;
    const driver = up();
    driver.take();
    driver.give({ kind: "received", connection: 1, bytes: whole });
    expect(driver.sent()).toMatchObject([{ kind: "notification", code: 7, subcode: 1 }]);
  });
});

describe("RFC 4724", () => {
  test("section 3: the capability has R while we have just started, F for all families, and no N", () => {
    const driver = new SessionDriver();
    driver.restarting = true;
    driver.give({ kind: "start" }).connected(1);
    expect(ourOpen(driver).capabilities).toContainEqual({
      ...{ kind: "graceful-restart", restarting: true, notification: false, restartTimeSeconds: 120 },
      families: [
        { family: "IPv4", forwarding: true },
        { family: "IPv6", forwarding: true },
      ],
    });
  });

  test("section 3: a router without routes of its own to keep does keep ours", () => {
    expect(up({}, offering(helperMode)).report.negotiated?.gracefulRestart).toEqual({
      ...{ restartTimeSeconds: 120, families: ["IPv4", "IPv6"] },
    });
    expect(up().report.negotiated?.gracefulRestart).toBeUndefined();
    expect(
      up({ gracefulRestart: undefined }, offering(helperMode)).report.negotiated?.gracefulRestart,
    ).toBeUndefined();
  });

  test("section 4.2: no NOTIFICATION on a roll-out, if the router keeps our routes", () => {
    const exit = (open: Partial<Open>) => {
      const driver = up({}, open);
      driver.take();
      return driver.give({ kind: "stop", exit: "roll-out" }).take();
    };
    expect(exit(offering(helperMode)).map(({ kind }) => kind)).not.toContain("send");
    expect(exit({}).map(({ kind }) => kind)).toContain("send");
  });

  test("section 4.2: the OPEN on a new connection of the router ends the old one", () => {
    const driver = up({}, offering(helperMode)).pass(20_000).hear(1, keepalive).connected(2, true);
    driver.take();
    driver.hear(2, { ...routerOpen, ...offering(helperMode) }, keepalive);
    expect(driver.report.negotiated?.connection).toBe(2);
    expect(driver.of("down")).toHaveLength(1);
  });

  test("section 2: End-of-RIB is noted by family", () => {
    const driver = up().hear(1, { ...updateOf([]), endOfRib: "IPv6" }, { ...updateOf([]), endOfRib: "IPv6" });
    expect(driver.report.endOfRibs).toEqual(["IPv6"]);
  });
});

describe("Cease", () => {
  test.each([
    ["RFC 4486, section 3: Administrative Shutdown", "shut-down", 2],
    ["RFC 4486, section 3: Peer De-configured", "deconfigured", 3],
    ["RFC 4486, section 3: Administrative Reset", "roll-out", 4],
  ] as const)("%s", (_, exit, subcode) => {
    const driver = up();
    driver.take();
    expect(refusal(driver.give({ kind: "stop", exit }))).toEqual([6, subcode]);
  });

  test("RFC 4486, section 3: Other Configuration Change", () => {
    const driver = up();
    driver.take();
    driver.give({ kind: "configure", config: { ...config, families: ["IPv4"] } });
    expect(refusal(driver)).toEqual([6, 6]);
  });

  test("RFC 4486, section 3: Connection Collision Resolution", () => {
    const driver = sentOpen().connected(2, true).hear(2, routerOpen);
    expect(refusal(driver)).toEqual([6, 7]);
  });

  test("RFC 8203, section 2: the communication is UTF-8 behind its length, cut at 128 bytes between characters", () => {
    const driver = up();
    driver.take();
    driver.give({ kind: "stop", exit: "shut-down", communication: `a${"é".repeat(100)}` });
    const [message] = driver.sent();
    expect(message).toMatchObject({ kind: "notification" });
    if (message?.kind === "notification") expect([message.data[0], message.data.length]).toEqual([127, 128]);
  });

  test("RFC 9384, section 2: BFD Down", () => {
    const driver = up().give({ kind: "bfd", state: "up" });
    driver.take();
    expect(refusal(driver.give({ kind: "bfd", state: "down" }))).toEqual([6, 10]);
  });
});

describe("RFC 5882", () => {
  test("section 4.2: AdminDown ends nothing", () => {
    const driver = up().give({ kind: "bfd", state: "up" }, { kind: "bfd", state: "admin-down" });
    driver.give({ kind: "bfd", state: "down" });
    expect(driver.report.state).toBe("established");
  });

  test("section 4.3: BFD that was never up keeps nothing down", () => {
    expect(up().give({ kind: "bfd", state: "down" }).report.state).toBe("established");
  });
});

describe("RFC 7606", () => {
  /** Of an UPDATE with one route: the value of ORIGIN, which is the first attribute. */
  function withOrigin(value: number): Uint8Array {
    const bytes = bytesOf(updateOf(["+192.0.2.0/24"]));
    const start = 19 + 2 + 2;
    expect([...bytes.slice(start, start + 3)]).toEqual([0x40, 1, 1]);
    return bytes.map((byte, index) => (index === start + 3 ? value : byte));
  }

  test("section 2: a faulty attribute takes the routes back, and the session goes on", () => {
    const driver = up().hear(1, updateOf(["+192.0.2.0/24"]));
    expect(driver.report.received.IPv4).toBe(1);
    driver.take();
    for (let times = 0; times < 3; times++)
      driver.give({ kind: "received", connection: 1, bytes: withOrigin(9) });
    expect(driver.report).toMatchObject({ state: "established", received: { IPv4: 0 } });
    expect(driver.report.counters.treatedAsWithdraw).toBe(3);
    expect(driver.of("notice")).toHaveLength(1);
  });

  test("section 3: where no prefix can be read the session is reset", () => {
    const bytes = bytesOf(updateOf(["+192.0.2.0/24"]));
    // The prefix's length is the last byte but three.
    const broken = bytes.map((byte, index) => (index === bytes.length - 4 ? 33 : byte));
    const driver = up();
    driver.take();
    driver.give({ kind: "received", connection: 1, bytes: broken });
    expect(refusal(driver)).toEqual([3, 10]);
  });
});
