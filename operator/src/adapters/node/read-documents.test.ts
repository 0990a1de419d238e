import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { parseYaml, readDocuments } from "./read-documents.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "read-documents-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe("the documents of files", () => {
  test("come in order, those of the standard input where it is named", async () => {
    const [first, second] = [await file("a.yaml", "a: 1\n---\nb: 2\n"), await file("b.json", '{"d": 4}')];
    const documents = await readDocuments([first, "-", second], Readable.from(["c: 3\n"]));
    expect(documents).toEqual([
      { source: first, value: { a: 1 } },
      { source: first, value: { b: 2 } },
      { source: "standard input", value: { c: 3 } },
      { source: second, value: { d: 4 } },
    ]);
  });

  test("are read as kubectl reads them", async () => {
    const [document] = await readDocuments([
      await file("c.yaml", "autoAssign: no\naddress: 2001:db8::/32\ncommunity: 64512:10\nday: 2026-11-30\n"),
    ]);
    expect(document?.value).toEqual({
      autoAssign: false,
      address: "2001:db8::/32",
      community: "64512:10",
      day: "2026-11-30",
    });
  });

  test("a text within an object is read in the same way", () => {
    expect(parseYaml("a: no\nb: 64512:10\n")).toEqual({ ok: true, value: { a: false, b: "64512:10" } });
    expect(parseYaml("a: [1\nb: 2\n")).toMatchObject({
      ok: false,
      error: expect.stringContaining("at line 2"),
    });
    expect(parseYaml("a: *there\n")).toMatchObject({ ok: false });
  });

  test.each(["", "# nothing\n", "---\n"])("%j holds nothing", async (content) => {
    const documents = await readDocuments([await file("d.yaml", content)]);
    expect(documents.filter(({ value }) => value !== null)).toEqual([]);
  });

  test.each([
    ["a: [1\nb: 2\n", /bad\.yaml is not YAML: .* at line 2, column 1$/],
    ["a: *there\n", /bad\.yaml is not YAML: Unresolved alias .*there$/],
  ])("%j is refused in one sentence that names the place", async (content, sentence) => {
    await expect(readDocuments([await file("bad.yaml", content)])).rejects.toThrow(sentence);
  });

  test("that are not there are named", async () => {
    await expect(readDocuments([join(folder, "missing.yaml")])).rejects.toThrow(
      /^cannot read .*missing\.yaml: ENOENT: no such file or directory$/,
    );
  });
});
