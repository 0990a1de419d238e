import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { isObject, type JsonObject } from "../json.ts";
import { repositoryFolder } from "../repository.ts";
import { pageOf, proseOf, readPages } from "./pages.ts";
import { foreignBlocks, valuesBlocks } from "./yaml-blocks.ts";

const chart = join(repositoryFolder(), "charts", "steelyard");
const schema = JSON.parse(readFileSync(join(chart, "values.schema.json"), "utf8")) as JsonObject;
const values = parse(readFileSync(join(chart, "values.yaml"), "utf8")) as JsonObject;
const check = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);

/** What the chart's schema has against the values; Helm checks the same. */
function faults(given: unknown): readonly string[] {
  check(given);
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message ?? ""}`);
}

describe("the values in the documentation", () => {
  const blocks = valuesBlocks();

  test("there are some", () => {
    expect(blocks.length).toBeGreaterThan(5);
  });

  test.each(blocks.map((block) => [block.place, block] as const))("%s", (_place, { documents }) => {
    expect(documents).toHaveLength(1);
    expect(documents.flatMap(faults)).toEqual([]);
  });

  test("a typo would be refused", () => {
    expect(faults({ pool: [{ name: "home" }] })).not.toEqual([]);
  });

  test("what is for other programs can be parsed", () => {
    expect(foreignBlocks().length).toBeGreaterThan(3);
  });
});

describe("the names of values in the documentation", () => {
  const named = readPages()
    .filter(({ file }) => /^(README|docs\/[^/]+|docs\/recipes\/[^/]+)\.md$/.test(file))
    .flatMap(({ file }) => namedValues(file).map((name) => [file, name] as const));

  test("there are some", () => {
    expect(named.length).toBeGreaterThan(20);
  });

  test.each(named)("%s: %s", (_file, name) => {
    expect(knows(values, name.split("."))).toBe(true);
  });
});

/** In prose a value stands in backticks, with its path from the top: `speaker.ownerPolicy`, or with what it is set to. */
function namedValues(file: string): readonly string[] {
  const tops = Object.keys(values).filter((key) => isObject(values[key]));
  const wanted = new RegExp(`^(?:${tops.join("|")})(?:\\.[A-Za-z0-9]+)+(?=$|[=:])`);
  return [...proseOf(pageOf(file)).matchAll(/`([^`\n]+)`/g)].flatMap(
    ([, code = ""]) => wanted.exec(code)?.[0] ?? [],
  );
}

function knows(value: unknown, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true;
  // What is empty by default may hold whatever its kind permits.
  return isObject(value) && (first in value ? knows(value[first], rest) : Object.keys(value).length === 0);
}
