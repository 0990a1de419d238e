import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeEthernet, encodeEthernet } from "./ethernet.ts";
import { anyEthernetFrame } from "./testing/arbitraries.ts";
import { capturedFrames } from "./testing/captured-frames.ts";
import { fromHex } from "./testing/hex.ts";

describe("decodeEthernet", () => {
  test("splits a captured frame", () => {
    expect(decodeEthernet(capturedFrames.arpRequest)).toEqual({
      ok: true,
      value: {
        destination: fromHex("ffffffffffff"),
        source: fromHex("020000000a01"),
        etherType: 0x0806,
        payload: capturedFrames.arpRequest.subarray(14),
      },
    });
  });

  test.each([
    ["nothing", "", "truncated"],
    ["one byte too few", "ffffffffffff 020000000a01 08", "truncated"],
    ["a VLAN tag", "ffffffffffff 020000000a01 8100 000a 0806", "foreign"],
    ["a provider's VLAN tag", "ffffffffffff 020000000a01 88a8 000a 8100", "foreign"],
    ["an IEEE 802.3 length", "0180c2000000 020000000a01 0026 4242", "foreign"],
    ["the largest length", "0180c2000000 020000000a01 05ff 4242", "foreign"],
  ])("refuses %s", (_name, frame, code) => {
    expect(decodeEthernet(fromHex(frame))).toMatchObject({ ok: false, error: { code } });
  });

  test("inverts encodeEthernet", () => {
    fc.assert(
      fc.property(anyEthernetFrame, (frame) => {
        expect(decodeEthernet(encodeEthernet(frame))).toEqual({ ok: true, value: frame });
      }),
    );
  });
});
