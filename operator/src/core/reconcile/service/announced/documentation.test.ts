import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { announcedReasons } from "./announced-facts.ts";

test("docs/conditions.md explains every reason, and no other", () => {
  const page = readFileSync(new URL("../../../../../../docs/conditions.md", import.meta.url), "utf8");
  const [, section = ""] = /## `steelyard\.io\/Announced`\n(.*?)\n## /s.exec(page) ?? [];
  const rows = [...section.matchAll(/^\| (?:True|False|Unknown) +\| `(\w+)` +\|/gm)].map(
    ([, reason]) => reason,
  );
  expect(rows.sort()).toEqual([...announcedReasons].sort());
});
