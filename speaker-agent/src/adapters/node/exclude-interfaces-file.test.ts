import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readExcludeInterfaces } from "./exclude-interfaces-file.ts";

describe("readExcludeInterfaces", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "exclude-interfaces-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function read(text: string): Promise<string | undefined> {
    const file = join(folder, "excludel2.yaml");
    await writeFile(file, text);
    return readExcludeInterfaces(file);
  }

  test.each([
    ["a list in brackets", 'announcedInterfacesToExclude: ["^docker.*", "^lo$"]', "(?:^docker.*)|(?:^lo$)"],
    [
      "a list with dashes",
      "announcedInterfacesToExclude:\n- ^veth.*\n- '^cali.*' # calico\n",
      "(?:^veth.*)|(?:^cali.*)",
    ],
    ["an empty list", "announcedInterfacesToExclude: []", undefined],
    ["no list", "announcedInterfacesToExclude:", undefined],
    ["other fields only", "somethingElse: 1", undefined],
    ["an empty file", "", undefined],
  ])("%s", async (_name, text, expected) => {
    expect(await read(text)).toBe(expected);
  });

  test("a missing file excludes nothing", async () => {
    expect(await readExcludeInterfaces(join(folder, "missing.yaml"))).toBeUndefined();
  });

  test("the alternatives keep to themselves", async () => {
    const pattern = new RegExp((await read("announcedInterfacesToExclude: [a|b, ^lo$]")) ?? "");
    expect(["eth-a", "lo", "loop"].map((name) => pattern.test(name))).toEqual([true, true, false]);
  });

  test.each([
    ["no YAML", "announcedInterfacesToExclude: [", /excludel2\.yaml is not YAML: /],
    ["no mapping", "just text", /excludel2\.yaml: expected announcedInterfacesToExclude with a list$/],
    ["no list", "announcedInterfacesToExclude: lo", /announcedInterfacesToExclude is not a list$/],
    [
      "no text",
      "announcedInterfacesToExclude: [lo, 1]",
      /announcedInterfacesToExclude\[1\] is not a pattern: 1$/,
    ],
    [
      "empty",
      "announcedInterfacesToExclude: ['']",
      /announcedInterfacesToExclude\[0\] is not a pattern: ""$/,
    ],
    [
      "no expression",
      "announcedInterfacesToExclude: ['(']",
      /\[0\] is not a regular expression: .*Unterminated group/,
    ],
  ])("stops at %s", async (_name, text, sentence) => {
    await expect(read(text)).rejects.toThrow(sentence);
  });

  test("stops at a file that cannot be read", async () => {
    await expect(readExcludeInterfaces(folder)).rejects.toThrow(`cannot read ${folder}: `);
  });
});
