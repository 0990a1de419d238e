import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeArp } from "./arp.ts";
import { decodeEthernet } from "./ethernet.ts";
import { decodeIpv6 } from "./ipv6.ts";
import { decodeNdp } from "./ndp.ts";
import { decodeNeighborAnswer } from "./neighbor-answers.ts";
import { capturedFrames } from "./testing/captured-frames.ts";
import { guarded } from "./testing/guarded-bytes.ts";

/** Everything that can be read out of a frame, as the announcer does. */
function decodeAll(frame: Uint8Array): void {
  decodeNeighborAnswer(frame);
  const ethernet = decodeEthernet(frame);
  if (!ethernet.ok) return;
  decodeArp(ethernet.value.payload);
  const packet = decodeIpv6(ethernet.value.payload);
  if (packet.ok) decodeNdp(packet.value);
}

const anyFrame = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  // Mutations of real frames get much further into the decoders than noise does.
  fc
    .tuple(
      fc.constantFrom(...Object.values(capturedFrames)),
      fc.array(fc.tuple(fc.nat(90), fc.nat(255)), { maxLength: 6 }),
      fc.nat(90),
    )
    .map(([frame, changes, length]) => {
      const mutated = frame.slice(0, length);
      for (const [offset, value] of changes) if (offset < mutated.length) mutated[offset] = value;
      return mutated;
    }),
);

describe("decoders of frames", () => {
  test("never throw and never read past the end", () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(() => decodeAll(guarded(frame))).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });

  test("the guard itself notices a read past the end", () => {
    const bytes = guarded(new Uint8Array(3));
    expect(bytes[2]).toBe(0);
    expect(() => bytes[3]).toThrow("read at 3 of 3");
  });

  test("every captured frame cut at every length", () => {
    for (const frame of Object.values(capturedFrames)) {
      for (let length = 0; length <= frame.length; length += 1) {
        expect(() => decodeAll(guarded(frame.subarray(0, length)))).not.toThrow();
      }
    }
  });
});
