import { describe, expect, test } from "@jest/globals";
import { type IpAddress, ipAddress, sameIpAddress } from "@steelyard/model/address";
import fc from "fast-check";
import { decodeArp, encodeArp } from "../arp.ts";
import { decodeEthernet, encodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV6 } from "../ethernet.ts";
import { decodeIpv6, encodeIpv6 } from "../ipv6.ts";
import { decodeNdp, encodeNdp } from "../ndp.ts";
import { type FilterPrecision } from "../packet-filter.ts";
import { routerAdvertisement, routerSolicitation } from "../router-advertisement.ts";
import { anyArpPacket, anyIpv4, anyMac, anyUnicastIpv6 } from "../testing/arbitraries.ts";
import { capturedFrames } from "../testing/captured-frames.ts";
import { ip } from "../testing/ip.ts";
import {
  coarserThan,
  compileArpAnswerFilter,
  compileArpFilter,
  compileNdpAnswerFilter,
  compileNdpFilter,
  compileRouterDiscoveryFilter,
} from "./compile-filter.ts";
import { MAX_INSTRUCTIONS } from "./instructions.ts";
import { runFilter } from "./run-filter.ts";

const exact = { precision: "exact" } as const;

/** Addresses close to each other and far apart, in both of which the search has its corners. */
const anyIpv4Set = fc.uniqueArray(
  fc.oneof(
    fc.nat(600).map((n) => ipAddress("IPv4", 0xc000_0200n + BigInt(n))),
    anyIpv4,
  ),
  { maxLength: 60, selector: ({ value }) => value },
);

const anyIpv6Set = fc.uniqueArray(
  fc.oneof(
    fc
      .tuple(fc.constantFrom("2001:db8::", "2001:db8:0:1::", "fd00::", "2001:db8::1:0:0"), fc.nat(40))
      .map(([base, n]) => ipAddress("IPv6", ip(base).value + BigInt(n))),
    anyUnicastIpv6,
  ),
  { maxLength: 60, selector: ({ value }) => value },
);

function arpFrame(
  targetAddress: IpAddress,
  senderAddress = ip("198.51.100.1"),
  operation: "request" | "reply" = "request",
) {
  const mac = new Uint8Array([2, 0, 0, 0, 0, 1]);
  const payload = encodeArp({ operation, senderMac: mac, senderAddress, targetMac: mac, targetAddress });
  return encodeEthernet({
    destination: new Uint8Array(6).fill(255),
    source: mac,
    etherType: ETHERTYPE_ARP,
    payload,
  });
}

function solicitationFrame(target: IpAddress) {
  const packet = encodeNdp(
    { kind: "solicitation", target, options: [] },
    ip("fe80::1"),
    ip("ff02::1:ff00:1"),
  );
  const mac = new Uint8Array([2, 0, 0, 0, 0, 1]);
  return encodeEthernet({
    destination: mac,
    source: mac,
    etherType: ETHERTYPE_IPV6,
    payload: encodeIpv6(packet),
  });
}

function advertisementFrame(target: IpAddress) {
  const flags = { router: false, solicited: false, override: true };
  const packet = encodeNdp(
    { kind: "advertisement", target, ...flags, options: [] },
    ip("fe80::1"),
    ip("ff02::1"),
  );
  const mac = new Uint8Array([2, 0, 0, 0, 0, 1]);
  return encodeEthernet({
    destination: mac,
    source: mac,
    etherType: ETHERTYPE_IPV6,
    payload: encodeIpv6(packet),
  });
}

/** What the codecs say of a frame: the slow, obvious twin of the filters. */
function isAbout(frame: Uint8Array, addresses: readonly IpAddress[]): boolean {
  const ethernet = decodeEthernet(frame);
  if (!ethernet.ok) return false;
  const { etherType, payload } = ethernet.value;
  const isOne = (other: IpAddress) => addresses.some((address) => sameIpAddress(address, other));
  if (etherType === ETHERTYPE_ARP) return isArpAbout(payload, isOne);
  if (etherType !== ETHERTYPE_IPV6) return false;
  const packet = decodeIpv6(payload);
  const message = packet.ok ? decodeNdp(packet.value) : packet;
  return message.ok && isOne(message.value.target);
}

function isArpAbout(payload: Uint8Array, isOne: (address: IpAddress) => boolean): boolean {
  const packet = decodeArp(payload);
  if (packet.ok && packet.value.operation === "request" && isOne(packet.value.targetAddress)) return true;
  // A claim is one whatever the operation: that of a packet with another is of no interest to the filter.
  const asReply = payload.slice();
  if (asReply.length > 7) asReply.set([0, 2], 6);
  const claim = decodeArp(asReply);
  return claim.ok && isOne(claim.value.senderAddress);
}

describe("the ARP filter", () => {
  test("accepts exactly the requests for its addresses and the claims to them", () => {
    fc.assert(
      fc.property(anyIpv4Set, anyArpPacket, anyMac, fc.nat(), (addresses, packet, mac, pick) => {
        const { program } = compileArpFilter(addresses, exact);
        const wanted = addresses[pick % Math.max(1, addresses.length)] ?? packet.targetAddress;
        for (const targetAddress of [packet.targetAddress, wanted, nextTo(wanted, 1n), nextTo(wanted, -1n)]) {
          for (const senderAddress of [packet.senderAddress, targetAddress]) {
            const payload = encodeArp({ ...packet, senderAddress, targetAddress });
            const ends = { destination: mac, source: mac };
            const frame = encodeEthernet({ ...ends, etherType: ETHERTYPE_ARP, payload });
            expect(runFilter(program, frame, "broadcast")).toBe(isAbout(frame, addresses));
          }
        }
      }),
    );
  });

  test("agrees with the codec about captured frames with random damage", () => {
    const addresses = [ip("192.0.2.1"), ip("192.0.2.2")];
    const { program } = compileArpFilter(addresses, exact);
    const frames = [capturedFrames.arpRequest, capturedFrames.arpReply, capturedFrames.arpUnicastRequest];
    const damage = fc.array(fc.tuple(fc.integer({ min: 12, max: 41 }), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.constantFrom(...frames),
        damage,
        fc.integer({ min: 0, max: 42 }),
        (whole, changes, length) => {
          const frame = whole.slice(0, length);
          for (const [offset, value] of changes) if (offset < length) frame[offset] = value;
          const passes = runFilter(program, frame, "host");
          // A claim is known before its target is read, so one that ends too early may pass.
          if (length === 42 || !passes) expect(passes).toBe(isAbout(frame, addresses));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("drops what the kernel saw for another host, such as a VLAN without an interface", () => {
    const { program } = compileArpFilter([ip("192.0.2.2")], exact);
    const verdicts = (["host", "broadcast", "multicast", "other-host"] as const).map((type) =>
      runFilter(program, capturedFrames.arpRequest, type),
    );
    expect(verdicts).toEqual([true, true, true, false]);
  });

  test("sees every packet that claims an address, and every request for one", () => {
    const { program } = compileArpFilter([ip("192.0.2.7"), ip("192.0.2.9")], exact);
    const see = (target: string, sender: string, operation: "request" | "reply") =>
      runFilter(program, arpFrame(ip(target), ip(sender), operation), "broadcast");
    expect(see("192.0.2.7", "192.0.2.1", "request")).toBe(true);
    expect(see("192.0.2.1", "192.0.2.7", "request")).toBe(true);
    expect(see("192.0.2.1", "192.0.2.9", "reply")).toBe(true);
    expect(see("192.0.2.7", "192.0.2.1", "reply")).toBe(false);
    expect(see("192.0.2.8", "192.0.2.8", "reply")).toBe(false);
  });
});

describe("the NDP filter", () => {
  test("accepts exactly the solicitations and advertisements of its addresses", () => {
    fc.assert(
      fc.property(anyIpv6Set, anyUnicastIpv6, fc.nat(), (addresses, other, pick) => {
        const { program } = compileNdpFilter(addresses, exact);
        const wanted = addresses[pick % Math.max(1, addresses.length)] ?? other;
        // Differences in each of the four words that the search compares.
        const near = [1n, -1n, 1n << 32n, 1n << 64n, 1n << 96n].map((step) => nextTo(wanted, step));
        for (const target of [other, wanted, ...near]) {
          if (target.value >> 120n === 0xffn) continue;
          for (const frame of [solicitationFrame(target), advertisementFrame(target)]) {
            expect(runFilter(program, frame, "multicast")).toBe(isAbout(frame, addresses));
          }
        }
      }),
    );
  });

  test("never drops what the codec understands as a question for us, whatever the damage", () => {
    const addresses = [ip("2001:db8::1"), ip("2001:db8::2")];
    const { program } = compileNdpFilter(addresses, exact);
    const frames = [
      capturedFrames.solicitation,
      capturedFrames.reachabilityProbe,
      capturedFrames.duplicateProbe,
      capturedFrames.solicitedAdvertisement,
    ];
    const damage = fc.array(fc.tuple(fc.integer({ min: 12, max: 85 }), fc.nat(255)), { maxLength: 2 });
    fc.assert(
      fc.property(fc.constantFrom(...frames), damage, (whole, changes) => {
        const frame = whole.slice();
        for (const [offset, value] of changes) frame[offset] = value;
        if (isAbout(frame, addresses)) expect(runFilter(program, frame, "host")).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["a solicitation", capturedFrames.solicitation, true],
    ["a probe for duplicates", capturedFrames.duplicateProbe, true],
    ["an advertisement", capturedFrames.solicitedAdvertisement, true],
    ["an advertisement of another address", capturedFrames.shortAdvertisement, false],
    ["a solicitation for somebody else", capturedFrames.reachabilityProbe, false],
    ["an ARP request", capturedFrames.arpRequest, false],
    ["a routed solicitation", changed(capturedFrames.solicitation, 21, 254), false],
    ["an extension header", changed(capturedFrames.solicitation, 20, 0), false],
    ["code 1", changed(capturedFrames.solicitation, 55, 1), false],
  ])("%s: %s", (_name, frame, expected) => {
    const { program } = compileNdpFilter([ip("2001:db8::2")], exact);
    expect(runFilter(program, frame, "multicast")).toBe(expected);
  });
});

describe("the filters for answers", () => {
  test.each([
    ["ARP", compileArpAnswerFilter, "192.0.2.2", capturedFrames.arpReply, capturedFrames.arpUnicastRequest],
    [
      "NDP",
      compileNdpAnswerFilter,
      "2001:db8::2",
      capturedFrames.solicitedAdvertisement,
      capturedFrames.solicitation,
    ],
  ] as const)(
    "%s: what the address's holder answers, and nothing else",
    (_, compile, holder, answer, other) => {
      const { program } = compile([ip(holder)], exact);
      expect(runFilter(program, answer, "host")).toBe(true);
      expect(runFilter(program, other, "host")).toBe(false);
      const elsewhere = compile([ipAddress(ip(holder).family, ip(holder).value + 5n)], exact).program;
      expect(runFilter(elsewhere, answer, "host")).toBe(false);
    },
  );
});

describe("the filter of router discovery", () => {
  const { program } = compileRouterDiscoveryFilter();
  const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);
  const frame = (packet: ReturnType<typeof routerAdvertisement>) =>
    encodeEthernet({ destination: mac, source: mac, etherType: ETHERTYPE_IPV6, payload: encodeIpv6(packet) });
  const advertisement = routerAdvertisement(ip("fe80::1"), mac);

  test("accepts advertisements and solicitations of routers", () => {
    for (const packet of [advertisement, routerSolicitation(ip("fe80::1"), mac)]) {
      expect(runFilter(program, frame(packet), "multicast")).toBe(true);
      expect(runFilter(program, frame(packet), "other-host")).toBe(false);
    }
  });

  test("drops everything else", () => {
    for (const captured of Object.values(capturedFrames))
      expect(runFilter(program, captured, "multicast")).toBe(false);
    expect(runFilter(program, frame({ ...advertisement, hopLimit: 254 }), "multicast")).toBe(false);
    expect(runFilter(program, frame({ ...advertisement, nextHeader: 17 }), "multicast")).toBe(false);
    const payload = advertisement.payload.slice();
    payload[1] = 1;
    expect(runFilter(program, frame({ ...advertisement, payload }), "multicast")).toBe(false);
  });
});

describe("size", () => {
  test("no address: nothing passes", () => {
    for (const compile of [compileArpFilter, compileNdpFilter]) {
      const { program, precision } = compile([], { precision: "operation" });
      expect(precision).toBe("exact");
      expect(runFilter(program, capturedFrames.arpRequest, "broadcast")).toBe(false);
    }
  });

  test("a whole pool of neighbours costs as much as one address or two", () => {
    const { program, precision } = compileArpFilter(scattered(4096, 1n), exact);
    expect({ precision, length: program.length }).toEqual({ precision: "exact", length: 25 });
  });

  // Reference data-plane.md, section 2: about 1100 single addresses fit into 4096 instructions when claims count, too.
  test.each([
    [1200, "exact"],
    [2100, "exact-questions"],
  ])("requests for %i addresses without neighbours pass exactly, claims %s", (count, expected) => {
    const addresses = scattered(count, 16n);
    const { program, precision } = compileArpFilter(addresses, exact);
    expect(precision).toBe(expected);
    expect(program.length).toBeLessThanOrEqual(MAX_INSTRUCTIONS);
    for (const address of addresses) {
      expect(runFilter(program, arpFrame(address), "broadcast")).toBe(true);
      expect(runFilter(program, arpFrame(nextTo(address, 1n)), "broadcast")).toBe(false);
      expect(runFilter(program, arpFrame(ip("192.0.2.1"), address, "reply"), "broadcast")).toBe(true);
    }
    expect(runFilter(program, arpFrame(ip("192.0.2.1"), ip("192.0.2.1"), "reply"), "broadcast")).toBe(false);
  });

  test.each([
    ["IPv4", 6000, compileArpFilter, arpFrame],
    ["IPv6", 6000, compileNdpFilter, solicitationFrame],
  ] as const)(
    "%i %s addresses fall back to ranges that hold them all",
    (family, count, compile, frameFor) => {
      const addresses = scattered(count, 16n, family);
      const { program, precision } = compile(addresses, exact);
      expect(precision).toBe("ranges");
      expect(program.length).toBeLessThan(400);
      for (const address of addresses) expect(runFilter(program, frameFor(address), "multicast")).toBe(true);
    },
  );

  test("ranges join over the smallest gaps and leave the largest out", () => {
    const far = ip("203.0.113.1");
    const { program } = compileArpFilter([...scattered(300, 16n), far], { precision: "ranges" });
    const accepts = (address: IpAddress) => runFilter(program, arpFrame(address), "broadcast");
    expect(accepts(far)).toBe(true);
    expect(accepts(nextTo(far, -1n))).toBe(false);
    expect(accepts(ip("198.51.100.1"))).toBe(false);
  });

  test("operation only: every packet of the protocol, and of the operation where only one is wanted", () => {
    const coarsest = { precision: "operation" } as const;
    const all = compileArpFilter([ip("192.0.2.1")], coarsest).program;
    const answers = compileArpAnswerFilter([ip("192.0.2.1")], coarsest).program;
    for (const [frame, isReply] of [
      [capturedFrames.arpRequest, false],
      [capturedFrames.arpReply, true],
    ] as const) {
      expect([runFilter(all, frame, "host"), runFilter(answers, frame, "host")]).toEqual([true, isReply]);
    }
  });

  test("coarser and coarser, then no more", () => {
    const steps: FilterPrecision[] = [];
    for (let at: FilterPrecision | undefined = "exact"; at !== undefined; at = coarserThan(at))
      steps.push(at);
    expect(steps).toEqual(["exact", "exact-questions", "ranges", "operation"]);
  });
});

function scattered(count: number, step: bigint, family: "IPv4" | "IPv6" = "IPv4"): readonly IpAddress[] {
  const first = family === "IPv4" ? ip("10.0.0.0") : ip("2001:db8::");
  return Array.from({ length: count }, (_, index) => ipAddress(family, first.value + BigInt(index) * step));
}

function nextTo({ family, value }: IpAddress, step: bigint): IpAddress {
  const size = family === "IPv4" ? 1n << 32n : 1n << 128n;
  return ipAddress(family, (value + step + size) % size);
}

function changed(frame: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = frame.slice();
  copy[offset] = value;
  return copy;
}
