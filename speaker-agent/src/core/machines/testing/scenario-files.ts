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

const SEPARATOR = "----";

/**
 * Plays a text made of blocks, which empty lines separate: comments, then inputs, then `----`, then what came of them. Gives
 * the text back with what really came.
 */
export function playBlocks(text: string, play: (input: string) => readonly string[]): string {
  const blocks = text.trim().split(/\n\n+/);
  return `${blocks.map((block) => playBlock(block, play)).join("\n\n")}\n`;
}

function playBlock(block: string, play: (input: string) => readonly string[]): string {
  const lines = block.split("\n");
  const end = lines.indexOf(SEPARATOR);
  const given = end === -1 ? lines : lines.slice(0, end);
  const inputs = given.filter((line) => line !== "" && !line.startsWith("#"));
  if (inputs.length === 0) return given.join("\n");
  const came = inputs.flatMap(play);
  return [...given, SEPARATOR, ...(came.length === 0 ? ["nothing"] : came)].join("\n");
}
