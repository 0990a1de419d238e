import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IpAddressPoolInput, type IpAddressPoolResource } from "./generated/index.ts";
import { repositoryPath } from "./testing/repository.ts";

const POOLS = "crds/ipaddresspools.yaml";
const GENERATED = "crds/model/src/resources/generated";

// Each run loads the compiler, prettier and ajv, which takes more than a second on a busy machine.
jest.setTimeout(60_000);

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "steelyard-generate-"));
  cpSync(repositoryPath("crds"), join(copy, "crds"), {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  // Of the chart the definitions, the schema of the values and the table of them are generated, too.
  cpSync(repositoryPath("charts"), join(copy, "charts"), { recursive: true });
  for (const file of ["package.json", ".prettierrc.json"]) cpSync(repositoryPath(file), join(copy, file));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

test("what is committed is what crds/*.yaml give", () => {
  expect(generate("--check")).toEqual({ status: 0, error: "" });
});

test("a change of a schema, an edit by hand, a lost and a left-over file are noticed; generating mends them", () => {
  change(POOLS, (text) => text.replace("avoidBuggyIPs:", "avoidEvilIPs:"));
  change(`${GENERATED}/index.ts`, (text) => `${text}export const more = 1;\n`);
  rmSync(join(copy, GENERATED, "validators.d.ts"));
  writeFileSync(join(copy, GENERATED, "forgotten.ts"), "");
  expect(generate("--check")).toEqual({
    status: 1,
    error: [
      'generate: run "npm run generate" and commit the result:',
      "  charts/steelyard/templates/crds/ipaddresspools.yaml differs from what its sources give",
      "  charts/steelyard/values.schema.json differs from what its sources give",
      `  ${GENERATED}/forgotten.ts is no longer generated`,
      `  ${GENERATED}/index.ts differs from what its sources give`,
      `  ${GENERATED}/types.ts differs from what its sources give`,
      `  ${GENERATED}/validators.d.ts is missing`,
      `  ${GENERATED}/validators.js differs from what its sources give`,
      "",
    ].join("\n"),
  });
  expect(generate()).toEqual({ status: 0, error: "" });
  expect(readdirSync(join(copy, GENERATED))).toEqual([
    "index.ts",
    "types.ts",
    "validators.d.ts",
    "validators.js",
  ]);
  expect(readFileSync(join(copy, GENERATED, "types.ts"), "utf8")).toContain(
    "readonly avoidEvilIPs: boolean;",
  );
});

test("a schema that no validator can express is refused by name", () => {
  change(POOLS, (text) =>
    text.replace("required: [addresses]", "required: [addresses]\n              maxProperties: 9"),
  );
  expect(generate("--check")).toEqual({
    status: 1,
    error: "generate: ipaddresspools.yaml: no validator can be generated for the keyword maxProperties\n",
  });
});

test("what is stored has every default, what is sent need not; the compiler knows", () => {
  const sent = {
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: { generateName: "home-" },
    spec: { addresses: ["192.168.7.40-192.168.7.49"] },
  } as const satisfies IpAddressPoolInput;
  // @ts-expect-error: the API server gives it a name, and autoAssign and avoidBuggyIPs
  const stored: IpAddressPoolResource = sent;
  expect(stored.spec.autoAssign).toBeUndefined();
});

function generate(...options: string[]): { status: number | null; error: string } {
  const script = repositoryPath("scripts/generate.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "--root", copy, ...options], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  return { status, error: stderr };
}

function change(file: string, edit: (text: string) => string): void {
  const path = join(copy, file);
  const before = readFileSync(path, "utf8");
  const after = edit(before);
  if (after === before) throw new Error(`the edit of ${file} finds nothing to change`);
  writeFileSync(path, after);
}
