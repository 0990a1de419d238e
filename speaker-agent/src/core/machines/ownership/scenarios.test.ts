import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { runScenario } from "./testing/scenario.ts";

/** `UPDATE_SCENARIOS=1` writes what came out into the files, to be reviewed as a diff; nothing else ever does. */
const rewrite = process.env["UPDATE_SCENARIOS"] === "1";

const folder = new URL("./scenarios/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

test("there are scenarios", () => {
  expect(files.length).toBeGreaterThan(5);
});

test.each(files)("%s", (file) => {
  const text = readFileSync(new URL(file, folder), "utf8");
  const played = runScenario(text);
  if (rewrite) writeFileSync(new URL(file, folder), played);
  else expect(played).toBe(text);
});
