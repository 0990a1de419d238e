import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Link } from "../../interfaces/link.ts";
import { link } from "../../interfaces/testing/links.ts";
import { routerAdvertisement, routerSolicitation } from "../../wire/router-advertisement.ts";
import { ip } from "../../wire/testing/ip.ts";
import { advertisement, Drive } from "./testing/drive.ts";
import { MOST_ROUTERS } from "./types.ts";

/** Ours is fe80::2 on eth0, which has the index 2. */
const eth0 = link("eth0", 2);
const eth1 = link("eth1", 3);
const question = routerSolicitation(ip("fe80::9"), Uint8Array.of(2, 0, 0, 0, 0, 9));

function watching(...links: readonly Link[]): Drive {
  const drive = new Drive();
  drive.links(...links);
  drive.watch(...links.map(({ name }) => name));
  return drive;
}

describe("on a link that is watched", () => {
  test("the routers are asked at once, twice more, and then no more", () => {
    const drive = watching(eth0);
    drive.pass(600_000);
    expect(drive.sentSince(1_000, "router-solicitation")).toEqual([0, 4_000, 8_000]);
  });

  test("advertisements begin quickly and go on every 3 to 4 s", () => {
    const drive = watching(eth0);
    drive.pass(60_000);
    const times = drive.sentSince(1_000, "router-advertisement");
    expect(times.slice(0, 4)).toEqual([0, 1_000, 2_000, 3_000]);
    const pauses = times.slice(4).map((at, index) => at - (times[index + 3] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(3_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(4_000);
    expect(new Set(pauses).size).toBeGreaterThan(5);
  });

  test("the group of the routers is joined, and left when nobody watches any more", () => {
    const drive = watching(eth0);
    drive.watch();
    const kinds = drive.effects.map(({ kind }) => kind).filter((kind) => /group|socket/.test(kind));
    expect(kinds).toEqual(["join-group", "open-socket", "close-socket", "leave-group"]);
    const sent = drive.sent.length;
    drive.pass(60_000);
    expect(drive.sent.length).toBe(sent);
  });

  test("a question is answered within half a second, but not more often than every 3 s", () => {
    const drive = watching(eth0);
    drive.pass(20_000);
    const from = drive.now;
    for (let asked = 0; asked < 100; asked++) {
      drive.hear(2, question);
      drive.pass(100);
    }
    const times = drive.sentSince(from, "router-advertisement");
    expect(times.length).toBeLessThanOrEqual(4);
    drive.pass(10_000);
    const [last = 0] = drive.sentSince(0, "router-advertisement").slice(-1);
    // 3 s after the last one a question is answered soon.
    drive.pass(Math.max(0, last + 2_999 - drive.now));
    const asked = drive.now;
    drive.hear(2, question);
    drive.pass(501);
    expect(drive.sentSince(asked, "router-advertisement")).toHaveLength(1);
  });
});

describe("a router", () => {
  test("is known once it advertises itself, and told of us soon", () => {
    const drive = watching(eth0);
    drive.pass(20_000);
    const from = drive.now;
    drive.hear(2, advertisement(1));
    expect(drive.routers).toEqual(["eth0 fe80::1"]);
    drive.pass(5_000);
    const times = drive.sentSince(from, "router-advertisement");
    expect(times[0]).toBeLessThanOrEqual(1_000);
    expect(times.length).toBeGreaterThanOrEqual(4);
  });

  test("is not we ourselves", () => {
    const drive = watching(eth0);
    drive.hear(2, routerAdvertisement(ip("fe80::2"), eth0.mac));
    expect(drive.routers).toEqual([]);
  });

  test("stays while it is heard within its lifetime, is asked before the end, and is then gone", () => {
    const drive = watching(eth0);
    for (let turn = 0; turn < 10; turn++) {
      drive.hear(2, advertisement(1, 30));
      drive.pass(29_000);
    }
    expect(drive.routers).toEqual(["eth0 fe80::1"]);
    drive.hear(2, advertisement(1, 30));
    const from = drive.now;
    drive.pass(29_999);
    expect(drive.routers).toEqual(["eth0 fe80::1"]);
    expect(drive.sentSince(from, "router-solicitation")).toEqual([18_000, 22_000, 26_000]);
    drive.pass(1);
    expect(drive.routers).toEqual([]);
    expect(drive.effects.filter(({ kind }) => kind === "transition").at(-1)).toMatchObject({ to: "lost" });
  });

  test("that answers the question stays, though it is no default router and does not say its interval", () => {
    const drive = watching(eth0);
    drive.pass(20_000);
    drive.hear(2, advertisement(1, 0));
    for (let turn = 0; turn < 5; turn++) {
      const from = drive.now + 1;
      drive.pass(33_000);
      expect(drive.sentSince(from, "router-solicitation")).toEqual([32_999]);
      drive.hear(2, advertisement(1, 0));
    }
    expect(drive.routers).toEqual(["eth0 fe80::1"]);
    drive.pass(45_000);
    expect(drive.routers).toEqual([]);
  });

  test("that was first stays the one in use; the others follow by address", () => {
    const drive = watching(eth0);
    for (const last of [5, 9, 3]) drive.hear(2, advertisement(last));
    expect(drive.routers).toEqual(["eth0 fe80::5", "eth0 fe80::3", "eth0 fe80::9"]);
    drive.pass(20_000);
    for (const last of [3, 9]) drive.hear(2, advertisement(last));
    drive.pass(10_000);
    expect(drive.routers).toEqual(["eth0 fe80::3", "eth0 fe80::9"]);
    drive.hear(2, advertisement(1));
    drive.hear(2, advertisement(5));
    expect(drive.routers.slice(0, 2)).toEqual(["eth0 fe80::3", "eth0 fe80::1"]);
  });

  test("is one of eight at most", () => {
    const drive = watching(eth0);
    for (let last = 0x100; last < 0x200; last++) drive.hear(2, advertisement(last));
    expect(drive.routers).toHaveLength(MOST_ROUTERS);
    const from = drive.now;
    drive.pass(10_000);
    expect(drive.sentSince(from, "router-advertisement").length).toBeLessThan(12);
  });
});

describe("a link", () => {
  test("that goes down takes its routers with it, and finds them again", () => {
    const drive = watching(eth0, eth1);
    drive.hear(2, advertisement(1));
    drive.hear(3, advertisement(7));
    expect(drive.routers).toEqual(["eth0 fe80::1", "eth1 fe80::7"]);
    drive.links({ ...eth0, running: false }, eth1);
    expect(drive.routers).toEqual(["eth1 fe80::7"]);
    drive.pass(1);
    const from = drive.now;
    drive.links(eth0, eth1);
    expect(drive.sentSince(from, "router-solicitation")).toEqual([0]);
    drive.hear(2, advertisement(1));
    expect(drive.routers).toEqual(["eth0 fe80::1", "eth1 fe80::7"]);
  });

  test.each([
    ["has no link-local address", { addresses: [{ address: ip("2001:db8::1"), prefixLength: 64 }] }],
    [
      "has a link-local address only that an agent has bound",
      { addresses: [{ address: ip("fe80::2"), prefixLength: 64, bound: true as const }] },
    ],
    ["is no Ethernet", { mac: new Uint8Array(0) }],
    ["is down", { running: false }],
  ])("is left alone while it %s", (_why, changes) => {
    const drive = watching({ ...eth0, ...changes });
    drive.pass(60_000);
    expect(drive.effects.filter(({ kind }) => kind !== "arm")).toEqual([]);
    drive.links(eth0);
    expect(drive.sent.length).toBe(2);
  });

  test("whose news is no news keeps its routers", () => {
    const drive = watching(eth0);
    drive.hear(2, advertisement(1));
    const effects = drive.effects.length;
    drive.links({ ...eth0, mac: eth0.mac.slice(), defaultRoute: { v4: false, v6: false } });
    drive.watch("eth0", "eth0", "eth7");
    expect(drive.effects.slice(effects).filter(({ kind }) => kind !== "arm")).toEqual([]);
  });

  test("that changes its address opens anew, because the router is to know the new one", () => {
    const drive = watching(eth0);
    drive.hear(2, advertisement(1));
    drive.links({ ...eth0, addresses: [{ address: ip("fe80::77"), prefixLength: 64 }] });
    expect(drive.sent.at(-1)?.message.from).toEqual(ip("fe80::77"));
    expect(drive.routers).toEqual([]);
  });

  test("on which the kernel gives no socket is tried every second, and complained about once", () => {
    const drive = new Drive();
    drive.refuse = "EPERM";
    drive.links(eth0);
    drive.watch("eth0");
    drive.pass(9_500);
    expect(drive.effects.filter(({ kind }) => kind === "open-socket")).toHaveLength(10);
    expect(drive.effects.filter(({ kind }) => kind === "deaf")).toHaveLength(1);
    drive.refuse = undefined;
    drive.pass(1_000);
    expect(drive.sent.length).toBe(2);
  });

  test("whose socket breaks is opened anew, and its routers are still known", () => {
    const drive = watching(eth0);
    drive.hear(2, advertisement(1));
    const place = { interfaceIndex: 2, protocol: "ipv6" } as const;
    drive.give({ kind: "socket-error", ...place, during: "receive", code: "EIO", verdict: "never" });
    expect(drive.routers).toEqual(["eth0 fe80::1"]);
    drive.pass(1);
    const from = drive.now;
    drive.pass(999);
    expect(drive.sentSince(from, "router-advertisement")).toEqual([999]);
  });
});

test("never throws and never runs hot, whatever happens", () => {
  const happening = fc.oneof(
    fc.nat(20_000).map((millis) => (drive: Drive) => drive.pass(millis)),
    fc.tuple(fc.nat(4), fc.nat(12), fc.nat(60)).map(
      ([index, last, lifetime]) =>
        (drive: Drive) =>
          drive.hear(index, advertisement(last, lifetime)),
    ),
    fc.uint8Array({ maxLength: 90 }).map((frame) => (drive: Drive) => {
      drive.give({ kind: "frames", interfaceIndex: 2, protocol: "ipv6", frames: [frame] });
    }),
    fc
      .subarray([eth0, eth1, { ...eth1, running: false }])
      .map((links) => (drive: Drive) => drive.links(...links)),
    fc.subarray(["eth0", "eth1"]).map((names) => (drive: Drive) => drive.watch(...names)),
    fc.constantFrom(undefined, "EPERM").map((refuse) => (drive: Drive) => {
      drive.refuse = refuse;
    }),
    fc
      .record({
        interfaceIndex: fc.nat(4),
        during: fc.constantFrom("open" as const, "send" as const, "receive" as const),
        verdict: fc.constantFrom("later" as const, "never" as const),
      })
      .map((error) => (drive: Drive) => {
        drive.give({ kind: "socket-error", protocol: "ipv6", code: "EIO", ...error });
      }),
  );
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      const drive = watching(eth0, eth1);
      for (const happen of happenings) happen(drive);
      const seconds = (drive.now - 1_000) / 1000;
      expect(drive.sentSince(0, "router-advertisement").length).toBeLessThan(
        2 * (seconds + happenings.length + 4),
      );
      const routers = [...drive.state.watched.values()].map((one) => one.routers.length);
      expect(Math.max(0, ...routers)).toBeLessThanOrEqual(MOST_ROUTERS);
    }),
    { numRuns: 200 },
  );
});
