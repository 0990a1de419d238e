import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { repository } from "../topology/dist.ts";

const table = readFileSync(join(repository, "e2e/kube/metallb-suite.md"), "utf8");

/** `path`: "name" */
const named = [...table.matchAll(/`([^`]+\.ts)`: "([^"]+)"/g)].map(([, path = "", name = ""]) => ({
  path,
  name,
}));

describe("the list of MetalLB's suites", () => {
  test.each(named)("$path has $name", ({ path, name }) => {
    expect(readFileSync(join(repository, path), "utf8")).toContain(name);
  });

  test("has in every row a test, or the reason why there is none", () => {
    const rows = table.split("\n").filter((line) => /^\| (?!Row|-)/.test(line));
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter((row) => !/`: "|Left out: /.test(row))).toEqual([]);
  });
});
