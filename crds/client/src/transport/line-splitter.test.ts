import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LineSplitter } from "./line-splitter.ts";

const options = { longestLine: 1000, doing: "watch" };

function splitAt(bytes: Buffer, cuts: readonly number[]): string[] {
  const splitter = new LineSplitter(options);
  const lines: string[] = [];
  let start = 0;
  for (const cut of [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]) {
    lines.push(...splitter.push(bytes.subarray(start, cut)));
    start = cut;
  }
  const rest = splitter.rest();
  return rest === "" ? lines : [...lines, rest];
}

describe("LineSplitter", () => {
  test("gives the same lines however the bytes are cut, inside a character too", () => {
    const line = fc
      .string({ unit: "grapheme", maxLength: 40 })
      .map((text) => text.replaceAll("\n", "\u2028"));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(600)), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
        expect(splitAt(bytes, cuts)).toEqual(
          bytes
            .toString("utf8")
            .split("\n")
            .filter((text) => text !== ""),
        );
      }),
    );
  });

  test("split at every byte", () => {
    const bytes = Buffer.from('{"a":"ü\u2028\u2029€😀"}\n{"b":1}\n');
    for (let cut = 0; cut <= bytes.length; cut += 1)
      expect(splitAt(bytes, [cut])).toEqual(['{"a":"ü\u2028\u2029€😀"}', '{"b":1}']);
  });

  test("a line of the longest length passes, one byte more does not", () => {
    const splitter = new LineSplitter(options);
    expect(splitter.push(Buffer.from(`${"x".repeat(1000)}\n`))).toHaveLength(1);
    expect(() => splitter.push(Buffer.from("x".repeat(1001)))).toThrow(
      "watch: a line of the stream is longer than 1000 bytes",
    );
  });

  test("the limit counts what came in earlier chunks", () => {
    const splitter = new LineSplitter(options);
    splitter.push(Buffer.from("x".repeat(999)));
    expect(splitter.push(Buffer.from("y\n"))).toEqual([`${"x".repeat(999)}y`]);
    splitter.push(Buffer.from("x".repeat(999)));
    expect(() => splitter.push(Buffer.from("yy\n"))).toThrow("longer than 1000 bytes");
  });
});
