import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

/** `UPDATE_SCENARIOS=1` writes what came out into the files, to be reviewed as a diff; nothing else ever does. */
const rewrite = process.env["UPDATE_SCENARIOS"] === "1";

/** One test per scenario of a machine: played again, its text has to be what it is. */
export function testScenarios(folder: URL, run: (text: string) => string): void {
  const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

  test("there are scenarios", () => {
    expect(files.length).toBeGreaterThan(5);
  });

  test.each(files)("%s", (file) => {
    const text = readFileSync(new URL(file, folder), "utf8");
    const played = run(text);
    if (rewrite) writeFileSync(new URL(file, folder), played);
    else expect(played).toBe(text);
  });
}
