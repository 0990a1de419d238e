import { describe, expect, test } from "@jest/globals";
import { type BgpCommunity } from "./types.ts";
import { compareCommunities, formatCommunity, parseCommunity } from "./community-value.ts";

describe("a community (reference metallb.md, section 2.5)", () => {
  test.each([
    ["0:0", { size: "standard", global: 0, local: 0 }],
    ["65535:65535", { size: "standard", global: 65535, local: 65535 }],
    ["large:4294967295:0:7", { size: "large", global: 4294967295, local1: 0, local2: 7 }],
  ])("%s", (text, value) => {
    expect(parseCommunity(text)).toEqual({ ok: true, value });
    expect(formatCommunity(value as BgpCommunity)).toBe(text);
  });

  test.each([
    ["65536:1", "value", 'invalid community value: invalid section "65536" of community "65536:1"'],
    ["1:-1", "value", 'invalid community value: invalid section "-1" of community "1:-1"'],
    ["a:1", "value", 'invalid community value: invalid section "a" of community "a:1"'],
    [":", "value", 'invalid community value: invalid section "" of community ":"'],
    ["large:1:2:4294967296", "value", 'invalid community value: invalid section "4294967296"'],
    ["extended:1:2:3", "value", "invalid community value: expected community to be of format large:"],
    ["4259840300", "format", "invalid community format: 4259840300"],
    ["no-transit", "format", "invalid community format: no-transit"],
    ["1:2:3", "format", "invalid community format: 1:2:3"],
    ["", "format", "invalid community format: "],
  ])("is not %j", (text, of, beginning) => {
    expect(parseCommunity(text)).toEqual({
      ok: false,
      error: { of, message: expect.stringContaining(beginning) },
    });
  });

  test("they are ordered as if each were a large one", () => {
    const texts = ["large:1:0:0", "65000:2", "0:1", "large:0:9:0", "large:0:0:1", "0:0"];
    const values = texts.flatMap((text) => {
      const parsed = parseCommunity(text);
      return parsed.ok ? [parsed.value] : [];
    });
    expect(values.sort(compareCommunities).map(formatCommunity)).toEqual([
      "0:0",
      "large:0:0:1",
      "large:0:9:0",
      "large:1:0:0",
      "0:1",
      "65000:2",
    ]);
  });
});
