import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { EPOCH_SPAN } from "../election/claim.ts";
import {
  CLAIM_TRAILER_LENGTH,
  claimAmong,
  claimOption,
  decodeClaimTrailer,
  encodeClaimTrailer,
} from "./claim-trailer.ts";
import { decodeNdpOptions, encodeNdpOptions } from "./ndp-options.ts";

const anyTrailer = fc.record({
  epoch: fc.oneof(
    fc.integer({ min: 0, max: EPOCH_SPAN - 1 }),
    fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, EPOCH_SPAN - 1),
  ),
  nameHash: fc.uint8Array({ minLength: 8, maxLength: 8 }),
});

describe("the claim behind an ARP packet", () => {
  test("its bytes", () => {
    const nameHash = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...encodeClaimTrailer({ epoch: 0x0102_03040506, nameHash })]).toEqual([
      ...[0x53, 0x59, 0x43, 0x01],
      ...[1, 2, 3, 4, 5, 6],
      ...[1, 2, 3, 4, 5, 6, 7, 8],
    ]);
  });

  test("is read back, whatever follows it", () => {
    fc.assert(
      fc.property(anyTrailer, fc.uint8Array({ maxLength: 30 }), (trailer, rest) => {
        const bytes = encodeClaimTrailer(trailer);
        expect(bytes.length).toBe(CLAIM_TRAILER_LENGTH);
        expect(decodeClaimTrailer(new Uint8Array([...bytes, ...rest]))).toEqual({ ok: true, value: trailer });
      }),
    );
  });

  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(), "truncated"],
    ["one byte less", encodeClaimTrailer({ epoch: 1, nameHash: new Uint8Array(8) }).slice(1), "truncated"],
    ["zeros", new Uint8Array(18), "foreign"],
  ])("%s is none", (_name, bytes, code) => {
    expect(decodeClaimTrailer(bytes)).toMatchObject({ ok: false, error: { code } });
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void decodeClaimTrailer(bytes)));
  });

  test.each([-1, 0.5, EPOCH_SPAN, Number.NaN])("epoch %d is refused", (epoch) => {
    expect(() => encodeClaimTrailer({ epoch, nameHash: new Uint8Array(8) })).toThrow(RangeError);
  });
});

describe("the claim among the options of a neighbour advertisement", () => {
  test("is found behind others, after encoding", () => {
    fc.assert(
      fc.property(anyTrailer, (trailer) => {
        const mac = new Uint8Array([2, 0, 0, 0, 0, 1]);
        const bytes = encodeNdpOptions([{ kind: "target-link-layer-address", mac }, claimOption(trailer)]);
        expect(bytes.length).toBe(8 + 24);
        const options = decodeNdpOptions(bytes);
        expect(options.ok && claimAmong(options.value)).toEqual(trailer);
      }),
    );
  });

  test("somebody else's experiment is not taken for one", () => {
    expect(claimAmong([{ kind: "other", type: 253, body: new Uint8Array(22) }])).toBeUndefined();
  });
});
