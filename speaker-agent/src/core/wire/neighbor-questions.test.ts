import { describe, expect, test } from "@jest/globals";
import { decodeNeighborAnswer } from "./neighbor-answers.ts";
import { advertisementFrame, EVERYONE } from "./neighbor-frames.ts";
import { probeFrame, questionFrame } from "./neighbor-questions.ts";
import { capturedFrames } from "./testing/captured-frames.ts";
import { fromHex } from "./testing/hex.ts";
import { ip } from "./testing/ip.ts";

const asker = fromHex("020000000a01");
const holder = fromHex("020000000b01");

describe("questions are those of a kernel", () => {
  test("who has an IPv4 address", () => {
    const frame = questionFrame({ mac: asker, from: ip("192.0.2.1"), target: ip("192.0.2.2") });
    expect(frame).toEqual(capturedFrames.arpRequest);
  });

  test("is an IPv4 address still there", () => {
    const question = { mac: holder, from: ip("192.0.2.2"), target: ip("192.0.2.1"), to: asker };
    expect(questionFrame(question)).toEqual(capturedFrames.arpUnicastRequest);
  });

  test("who has an IPv6 address", () => {
    const frame = questionFrame({ mac: asker, from: ip("2001:db8::1"), target: ip("2001:db8::2") });
    expect(frame).toEqual(capturedFrames.solicitation);
  });

  test("is an IPv6 address still there", () => {
    const question = { mac: holder, from: ip("fe80::ff:fe00:b01"), target: ip("2001:db8::1"), to: asker };
    expect(questionFrame(question)).toEqual(capturedFrames.reachabilityProbe);
  });

  test("a probe names no address of its sender", () => {
    expect(probeFrame(ip("192.0.2.2"), asker)).toEqual(
      fromHex(
        "ffffffffffff 020000000a01 0806 0001 0800 06 04 0001 020000000a01 00000000 000000000000 c0000202",
      ),
    );
    expect(probeFrame(ip("2001:db8::2"), asker)).toEqual(
      fromHex(
        "3333ff000002 020000000a01 86dd 60000000 0018 3a ff 00000000000000000000000000000000" +
          "ff0200000000000000000001ff000002 87 00 4ceb 00000000 20010db8000000000000000000000002",
      ),
    );
  });
});

describe("answers", () => {
  test.each([
    ["an ARP reply", capturedFrames.arpReply, "192.0.2.2"],
    ["a solicited advertisement", capturedFrames.solicitedAdvertisement, "2001:db8::2"],
    ["an unsolicited one", advertisementFrame(ip("2001:db8::7"), holder, EVERYONE), "2001:db8::7"],
  ])("%s says who has the address", (_name, frame, address) => {
    expect(decodeNeighborAnswer(frame)).toEqual({ ok: true, value: { address: ip(address), mac: holder } });
  });

  test("an advertisement without link-layer address speaks for the frame's sender", () => {
    expect(decodeNeighborAnswer(capturedFrames.shortAdvertisement)).toMatchObject({ value: { mac: asker } });
  });

  test.each([
    ["an ARP request", capturedFrames.arpRequest, "foreign"],
    ["a solicitation", capturedFrames.solicitation, "foreign"],
    ["half a reply", capturedFrames.arpReply.slice(0, 30), "truncated"],
    ["a reply of a group", withGroupSender(capturedFrames.arpReply), "malformed"],
  ])("%s is none", (_name, frame, code) => {
    expect(decodeNeighborAnswer(frame)).toMatchObject({ ok: false, error: { code } });
  });
});

function withGroupSender(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  copy[14 + 8] = 0x03;
  return copy;
}
