import { describe, expect, test } from "@jest/globals";
import { OwnWrites } from "./own-writes.ts";

describe("own writes", () => {
  test("make the version they replaced outdated, until a newer one is seen", () => {
    const writes = new OwnWrites();
    writes.note("shop/web", "7", "8");
    expect(writes.isOutdated("shop/web", "7")).toBe(true);
    expect(writes.isOutdated("shop/web", "8")).toBe(false);
    // Versions are opaque: once something else was seen, nothing is held against the old one.
    expect(writes.isOutdated("shop/web", "7")).toBe(false);
  });

  test.each([
    ["that changed nothing", "7", "7"],
    ["without a version before", undefined, "8"],
    ["without a version after", "7", undefined],
  ])("a write %s makes nothing outdated", (_which, before, after) => {
    const writes = new OwnWrites();
    writes.note("shop/web", before, after);
    expect(writes.isOutdated("shop/web", before)).toBe(false);
  });

  test("one object's write says nothing about another's", () => {
    const writes = new OwnWrites();
    writes.note("shop/web", "7", "8");
    expect(writes.isOutdated("shop/api", "7")).toBe(false);
  });
});
