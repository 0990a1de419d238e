import { expect, test } from "@jest/globals";
import { measureScale } from "./testing/scale.ts";

/** What it costs is measured by the bench: a suite shares its machine with others. */
test("of many nodes a lost one moves its own addresses, each once, and none when it is back", () => {
  const figures = measureScale({ nodes: 200, addresses: 2000, clock: () => 0 });
  expect(figures.lost).toBeGreaterThan(0);
  expect(figures).toMatchObject({ moved: figures.lost, movedWithoutNeed: 0, movedOnReturn: 0 });
  // A claim takes a dozen bytes.
  expect(figures.stateBytes).toBeLessThan(2000 * 15);
});
