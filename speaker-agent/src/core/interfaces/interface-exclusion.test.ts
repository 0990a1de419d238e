import { describe, expect, test } from "@jest/globals";
import { parseInterfaceExclusion } from "./interface-exclusion.ts";

describe("parseInterfaceExclusion", () => {
  test.each([
    [undefined, "eth0", false],
    ["", "eth0", false],
    ["^cali.*|^lo$", "cali123", true],
    ["^cali.*|^lo$", "lo", true],
    ["^cali.*|^lo$", "low0", false],
    ["docker", "mydocker0", true],
  ])("%s on %s: %s", (source, name, excluded) => {
    const parsed = parseInterfaceExclusion(source);
    expect(parsed.ok && parsed.value(name)).toBe(excluded);
  });

  test("names the expression that cannot be read", () => {
    expect(parseInterfaceExclusion("^(")).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^the expression "\^\(" for excluded interfaces cannot be read: /),
    });
  });
});
