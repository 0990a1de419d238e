import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { guarded } from "../testing/guarded-bytes.ts";
import { decodeBgpMessage, encodeBgpMessage } from "./codec.ts";
import { anyBgpMessage } from "./testing/any-message.ts";

const options = fc.record({ fourByteAsn: fc.boolean() });

test("what is encoded decodes to itself", () => {
  fc.assert(
    fc.property(anyBgpMessage, options, (message, codec) => {
      const bytes = encodeBgpMessage(message, codec);
      expect(bytes.length).toBeLessThanOrEqual(4096);
      expect(decodeBgpMessage(guarded(bytes), codec)).toEqual({
        ok: true,
        value: { message, repaired: undefined },
      });
    }),
    { numRuns: 500 },
  );
});
