import { describe, expect, test } from "@jest/globals";
import { ip } from "../../wire/testing/ip.ts";
import { capturedFrames } from "../../wire/testing/captured-frames.ts";
import { answerFrame } from "./answering.ts";
import { describeFrame } from "./testing/describe-frame.ts";
import { link } from "../../interfaces/testing/links.ts";
import { questionFrame, solicitationFrame } from "../../wire/neighbor-questions.ts";
import { client, CLIENT_MAC } from "./testing/station.ts";
import { type AnsweringTable } from "./types.ts";

const eth0 = link("eth0", 0xa);

function tableOf(...addresses: string[]): AnsweringTable {
  return {
    link: eth0,
    ownMacs: new Set([0x0200_0000_000a, 0x0200_0000_001a]),
    addresses: new Map(addresses.map(ip).map((address) => [address.value, address])),
  };
}

const v4 = tableOf("192.0.2.10", "192.0.2.2");
const v6 = tableOf("2001:db8::10", "2001:db8::2");

function arpAnswer(frame: Uint8Array): string | undefined {
  const answer = answerFrame(frame, "arp", v4);
  return answer && describeFrame(answer.frame);
}

function ndpAnswer(frame: Uint8Array): string | undefined {
  const answer = answerFrame(frame, "ipv6", v6);
  return answer && describeFrame(answer.frame);
}

const other = new Uint8Array([2, 0, 0, 0, 0, 0x99]);
const group = new Uint8Array([0x33, 0x33, 0, 0, 0, 1]);

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
      reply.replace("192.0.2.1 at", "0.0.0.0 at"),
    ],
    [
      "a request of another kernel",
      capturedFrames.arpRequest,
      "02:00:00:00:00:0a > 02:00:00:00:0a:01: arp reply 192.0.2.2 is-at 02:00:00:00:00:0a, to 192.0.2.1 at 02:00:00:00:0a:01",
    ],
  ])("answers %s", (_name, frame, expected) => {
    expect(arpAnswer(frame)).toBe(expected);
  });

  test.each([
    ["another address", client.arp("192.0.2.11")],
    ["a request to another MAC, seen because the link is promiscuous", client.arp("192.0.2.10", other)],
    ["a reply", capturedFrames.arpReply],
    [
      "our own request looped back",
      questionFrame({ mac: eth0.mac, from: ip("192.0.2.10"), target: ip("192.0.2.10") }),
    ],
    [
      "the announcement of another interface of this host on the same segment",
      questionFrame({
        mac: Uint8Array.of(2, 0, 0, 0, 0, 0x1a),
        from: ip("192.0.2.10"),
        target: ip("192.0.2.10"),
      }),
    ],
    [
      "a request that would be answered to a group",
      questionFrame({ mac: group, from: ip("192.0.2.1"), target: ip("192.0.2.10") }),
    ],
    ["a sender MAC that is a group", changed(client.arp("192.0.2.10"), 22, group)],
    ["IPv6 on the ARP socket", client.ndp("2001:db8::10")],
    ["a VLAN tag", changed(client.arp("192.0.2.10"), 12, new Uint8Array([0x81, 0x00]))],
    ["nothing at all", new Uint8Array(0)],
    ["half a frame", client.arp("192.0.2.10").subarray(0, 30)],
  ])("does not answer %s", (_name, frame) => {
    expect(arpAnswer(frame)).toBeUndefined();
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
      "02:00:00:00:00:0a > 33:33:00:00:00:01: 2001:db8::10 > ff02::1 neighbor advertisement 2001:db8::10 [override] target-link-layer-address 02:00:00:00:00:0a",
    ],
    [
      "a probe for duplicates of another kernel, nonce and all",
      capturedFrames.duplicateProbe,
      "02:00:00:00:00:0a > 33:33:00:00:00:01: 2001:db8::2 > ff02::1 neighbor advertisement 2001:db8::2 [override] target-link-layer-address 02:00:00:00:00:0a",
    ],
  ])("answers %s", (_name, frame, expected) => {
    expect(ndpAnswer(frame)).toBe(expected);
  });

  test.each([
    ["another address", client.ndp("2001:db8::11")],
    ["an advertisement", capturedFrames.solicitedAdvertisement],
    ["one to another MAC", client.ndp("2001:db8::10", other)],
    ["a source that is a group", solicitationFrame({ ...from, from: ip("ff02::1") })],
    [
      "a link-layer address that is a group",
      solicitationFrame(from, [{ kind: "source-link-layer-address", mac: group }]),
    ],
    ["a wrong checksum", changed(client.ndp("2001:db8::10"), 56, new Uint8Array([0, 0]))],
    ["a routed packet", changed(client.ndp("2001:db8::10"), 21, new Uint8Array([254]))],
    ["our own solicitation looped back", solicitationFrame({ ...from, mac: eth0.mac })],
    ["ARP on the IPv6 socket", client.arp("192.0.2.10")],
  ])("does not answer %s", (_name, frame) => {
    expect(ndpAnswer(frame)).toBeUndefined();
  });
});
