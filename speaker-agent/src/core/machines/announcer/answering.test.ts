import { describe, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { encodeEthernet, ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import { encodeIpv6 } from "../../wire/ipv6.ts";
import { formatMac } from "../../wire/mac-address.ts";
import { encodeNdp } from "../../wire/ndp.ts";
import { ip } from "../../wire/testing/ip.ts";
import { capturedFrames } from "../../wire/testing/captured-frames.ts";
import { type Reading, readFrame } from "./answering.ts";
import { describeFrame } from "./testing/describe-frame.ts";
import { link } from "../../interfaces/testing/links.ts";
import { questionFrame, solicitationFrame } from "../../wire/neighbor-questions.ts";
import { announcement, answerToProbe, client, CLIENT_MAC, macOf, seeking } from "./testing/station.ts";
import { type AnnouncedAddress, type AnsweringTable } from "./types.ts";

const eth0 = link("eth0", 0xa);

const claim = { epoch: 7, nameHash: new Uint8Array(8) };

/** Answers for the first list, asks about the second, and answers for the third on another interface. */
function tableOf(answered: string, asked: string, elsewhere: string): AnsweringTable {
  const addresses = (texts: string) => texts.split(" ").map(ip);
  const announced = addresses(answered).map((address): [bigint, AnnouncedAddress] => [
    address.value,
    { address, claim },
  ]);
  return {
    link: eth0,
    ownMacs: new Set([0x0200_0000_000a, 0x0200_0000_001a]),
    addresses: new Map(announced),
    asked: new Map(addresses(asked).map((address) => [address.value, address])),
    anywhere: new Set(addresses(`${answered} ${elsewhere}`).map(({ value }) => value)),
  };
}

const v4 = tableOf("192.0.2.10 192.0.2.2", "192.0.2.20", "192.0.2.30");
const v6 = tableOf("2001:db8::10 2001:db8::2", "2001:db8::20", "2001:db8::30");

/** An answer as the frame it is, a claim as who claims what, and else the reason why it is dropped. */
function describeReading(reading: Reading): string {
  switch (reading.kind) {
    case "answer":
      return describeFrame(reading.frame);
    case "claimed": {
      const { address, mac, weight } = reading;
      const epoch = reading.claim === undefined ? "" : ` epoch ${reading.claim.epoch}`;
      return `${weight}: ${formatMac(mac)} has ${formatIpAddress(address)}${epoch}`;
    }
    case "drop":
      return reading.reason;
  }
}

const readArp = (frame: Uint8Array) => describeReading(readFrame(frame, "arp", v4));
const readNdp = (frame: Uint8Array) => describeReading(readFrame(frame, "ipv6", v6));

const other = new Uint8Array([2, 0, 0, 0, 0, 0x99]);
const group = new Uint8Array([0x33, 0x33, 0, 0, 0, 1]);

function toEth0(frame: Uint8Array): Uint8Array {
  return changed(frame, 0, eth0.mac);
}

/** A stranger's advertisement of our address with that link-layer address and these flags. */
function fromStranger(mac: Uint8Array, override: boolean): Uint8Array {
  const target = ip("2001:db8::10");
  const message = { kind: "advertisement", target, router: false, solicited: false, override } as const;
  const options = [{ kind: "target-link-layer-address", mac }] as const;
  const payload = encodeIpv6(encodeNdp({ ...message, options }, ip("fe80::99"), ip("ff02::1")));
  const ends = { destination: group, source: macOf("stranger") };
  return encodeEthernet({ ...ends, etherType: ETHERTYPE_IPV6, payload });
}

function changed(frame: Uint8Array, offset: number, bytes: Uint8Array): Uint8Array {
  const copy = frame.slice();
  copy.set(bytes, offset);
  return copy;
}

describe("ARP", () => {
  const reply =
    "02:00:00:00:00:0a > 02:00:00:00:00:0c: arp reply 192.0.2.10 is-at 02:00:00:00:00:0a, to 192.0.2.1 at 02:00:00:00:00:0c";

  test.each([
    ["a broadcast request", client.arp("192.0.2.10"), reply],
    ["a request to our MAC", client.arp("192.0.2.10", eth0.mac), reply],
    [
      "a probe (RFC 5227, section 2.1.1)",
      client.arpProbe("192.0.2.10"),
      `${reply.replace("192.0.2.1 at", "0.0.0.0 at")} epoch 7`,
    ],
    [
      "a request of another kernel",
      capturedFrames.arpRequest,
      "02:00:00:00:00:0a > 02:00:00:00:0a:01: arp reply 192.0.2.2 is-at 02:00:00:00:00:0a, to 192.0.2.1 at 02:00:00:00:0a:01",
    ],
  ])("answers %s", (_name, frame, expected) => {
    expect(readArp(frame)).toBe(expected);
  });

  test.each([
    ["not-ours", "another address", client.arp("192.0.2.11")],
    ["wrong-interface", "an address of another interface", client.arp("192.0.2.30")],
    ["not-ours", "an address that is only asked about", client.arp("192.0.2.20")],
    [
      "other-destination",
      "a request to another MAC, seen because the link is promiscuous",
      client.arp("192.0.2.10", other),
    ],
    [
      "not-a-request",
      "a reply of somebody else",
      answerToProbe({ station: "stranger", address: "192.0.2.11" }, eth0.mac),
    ],
    [
      "own-frame",
      "our own request looped back",
      questionFrame({ mac: eth0.mac, from: ip("192.0.2.10"), target: ip("192.0.2.10") }),
    ],
    [
      "own-frame",
      "the announcement of another interface of this host on the same segment",
      questionFrame({
        mac: Uint8Array.of(2, 0, 0, 0, 0, 0x1a),
        from: ip("192.0.2.10"),
        target: ip("192.0.2.10"),
      }),
    ],
    [
      "malformed",
      "a request that would be answered to a group",
      questionFrame({ mac: group, from: ip("192.0.2.1"), target: ip("192.0.2.10") }),
    ],
    ["malformed", "a sender MAC that is a group", changed(client.arp("192.0.2.10"), 22, group)],
    ["malformed", "IPv6 on the ARP socket", client.ndp("2001:db8::10")],
    ["malformed", "a VLAN tag", changed(client.arp("192.0.2.10"), 12, new Uint8Array([0x81, 0x00]))],
    ["malformed", "nothing at all", new Uint8Array(0)],
    ["malformed", "half a frame", client.arp("192.0.2.10").subarray(0, 30)],
  ])("drops, as %s, %s", (reason, _name, frame) => {
    expect(readArp(frame)).toBe(reason);
  });

  const stranger = { station: "stranger", address: "192.0.2.10" };
  const hasIt = "firm: 02:00:00:00:02:00 has 192.0.2.10";

  test.each([
    ["an announcement in request form", announcement(stranger)[0], hasIt],
    ["one in reply form", announcement(stranger)[1], hasIt],
    [
      "one of an agent",
      announcement({ station: "b", address: "192.0.2.10", epoch: 9 })[0],
      "firm: 02:00:00:00:01:62 has 192.0.2.10 epoch 9",
    ],
    [
      "an answer of a kernel, to whomever",
      toEth0(capturedFrames.arpReply),
      "firm: 02:00:00:00:0b:01 has 192.0.2.2",
    ],
    [
      "a question about another address",
      questionFrame({ mac: macOf("stranger"), from: ip("192.0.2.10"), target: ip("192.0.2.11") }),
      hasIt,
    ],
    [
      "a probe for an address we ask about",
      seeking({ station: "stranger", address: "192.0.2.20" }),
      "sought: 02:00:00:00:02:00 has 192.0.2.20",
    ],
    [
      "an answer to our probe",
      answerToProbe({ station: "stranger", address: "192.0.2.20" }, eth0.mac),
      "firm: 02:00:00:00:02:00 has 192.0.2.20",
    ],
  ])("hears a claim in %s", (_name, frame, expected) => {
    expect(readArp(frame ?? new Uint8Array(0))).toBe(expected);
  });
});

describe("NDP", () => {
  const advertisement =
    "neighbor advertisement 2001:db8::10 [solicited override] target-link-layer-address 02:00:00:00:00:0a";
  const toClient = `02:00:00:00:00:0a > 02:00:00:00:00:0c: 2001:db8::10 > fe80::c ${advertisement}`;
  const from = { mac: CLIENT_MAC, from: ip("fe80::c"), target: ip("2001:db8::10") };

  test.each([
    ["a solicitation to the group", client.ndp("2001:db8::10"), toClient],
    ["a unicast one (RFC 4861, section 7.3.3)", client.ndp("2001:db8::10", eth0.mac), toClient],
    [
      "a unicast one without link-layer address (section 4.3)",
      solicitationFrame({ ...from, to: eth0.mac }, []),
      toClient,
    ],
    [
      "one whose link-layer address is not the frame's source",
      solicitationFrame(from, [{ kind: "source-link-layer-address", mac: other }]),
      toClient.replace("00:0c:", "00:99:"),
    ],
    [
      "a probe for duplicates, to everyone and not solicited (section 7.2.4)",
      client.ndpProbe("2001:db8::10"),
      "02:00:00:00:00:0a > 33:33:00:00:00:01: 2001:db8::10 > ff02::1 neighbor advertisement 2001:db8::10 [override] target-link-layer-address 02:00:00:00:00:0a epoch 7",
    ],
    [
      "a probe for duplicates of another kernel, nonce and all",
      capturedFrames.duplicateProbe,
      "02:00:00:00:00:0a > 33:33:00:00:00:01: 2001:db8::2 > ff02::1 neighbor advertisement 2001:db8::2 [override] target-link-layer-address 02:00:00:00:00:0a epoch 7",
    ],
  ])("answers %s", (_name, frame, expected) => {
    expect(readNdp(frame)).toBe(expected);
  });

  test.each([
    ["not-ours", "another address", client.ndp("2001:db8::11")],
    ["wrong-interface", "an address of another interface", client.ndp("2001:db8::30")],
    ["not-ours", "an address that is only asked about", client.ndp("2001:db8::20")],
    ["not-a-request", "an advertisement of another address", toEth0(capturedFrames.shortAdvertisement)],
    ["other-destination", "one to another MAC", client.ndp("2001:db8::10", other)],
    ["malformed", "a source that is a group", solicitationFrame({ ...from, from: ip("ff02::1") })],
    [
      "malformed",
      "a link-layer address that is a group",
      solicitationFrame(from, [{ kind: "source-link-layer-address", mac: group }]),
    ],
    ["malformed", "a wrong checksum", changed(client.ndp("2001:db8::10"), 56, new Uint8Array([0, 0]))],
    ["malformed", "a routed packet", changed(client.ndp("2001:db8::10"), 21, new Uint8Array([254]))],
    ["own-frame", "our own solicitation looped back", solicitationFrame({ ...from, mac: eth0.mac })],
    ["malformed", "ARP on the IPv6 socket", client.arp("192.0.2.10")],
  ])("drops, as %s, %s", (reason, _name, frame) => {
    expect(readNdp(frame)).toBe(reason);
  });

  const stranger = { station: "stranger", address: "2001:db8::10" };

  test.each([
    ["an announcement", announcement(stranger)[0], "firm: 02:00:00:00:02:00 has 2001:db8::10"],
    [
      "one of an agent",
      announcement({ station: "b", address: "2001:db8::10", epoch: 9 })[0],
      "firm: 02:00:00:00:01:62 has 2001:db8::10 epoch 9",
    ],
    [
      "an answer of a kernel",
      toEth0(capturedFrames.solicitedAdvertisement),
      "firm: 02:00:00:00:0b:01 has 2001:db8::2",
    ],
    [
      "a probe for an address we ask about",
      seeking({ station: "stranger", address: "2001:db8::20" }),
      "sought: 02:00:00:00:02:00 has 2001:db8::20",
    ],
    [
      "an answer to our probe",
      answerToProbe({ station: "stranger", address: "2001:db8::20" }, eth0.mac),
      "firm: 02:00:00:00:02:00 has 2001:db8::20",
    ],
    [
      "an advertisement that overrides nothing",
      fromStranger(macOf("stranger"), false),
      "modest: 02:00:00:00:02:00 has 2001:db8::10",
    ],
    ["one that repeats what we said", fromStranger(eth0.mac, true), "own-frame"],
  ])("hears a claim in %s", (_name, frame, expected) => {
    expect(readNdp(frame ?? new Uint8Array(0))).toBe(expected);
  });
});
