import { describe, expect, test } from "@jest/globals";
import { pageOf } from "./pages.ts";

const advice = pageOf("docs/troubleshooting.md").text;

/** The reasons that a page tells in the tables under the heading of a condition. */
function reasonsUnder(text: string, heading: string): readonly string[] {
  const [, section = ""] =
    new RegExp(`^## ${heading}\\n([\\s\\S]*?)(?=^## )`, "m").exec(`${text}\n## end`) ?? [];
  const cells = [...section.matchAll(/^\|(?: (?:True|False|Unknown) +\|)? `(\w+)` +\|/gm)];
  return [...new Set(cells.map(([, reason = ""]) => reason))].sort();
}

describe("docs/troubleshooting.md", () => {
  test.each([
    ["`steelyard.io/Allocated`", 20],
    ["`steelyard.io/Announced`", 20],
    ["`steelyard.io/Contested`", 2],
  ])("says of every reason of %s what to do, and of no other", (heading, atLeast) => {
    const told = reasonsUnder(pageOf("docs/conditions.md").text, heading);
    expect(told.length).toBeGreaterThanOrEqual(atLeast);
    expect(reasonsUnder(advice, heading)).toEqual(told);
  });

  test("says of every reason of an object's condition what to do", () => {
    const told = reasonsUnder(pageOf("docs/configuration.md").text, "Where it is told");
    expect(told).toEqual(["Accepted", "Incomplete", "Refused"]);
    expect(reasonsUnder(advice, "`steelyard.io/Valid`")).toEqual(told);
  });
});
