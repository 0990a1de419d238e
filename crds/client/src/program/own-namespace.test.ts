import { expect, test } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownNamespace } from "./own-namespace.ts";

test("the flag comes first, then the file in the Pod, then nothing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "own-namespace-"));
  try {
    const file = join(folder, "namespace");
    expect(await ownNamespace(undefined, file)).toBeUndefined();
    await writeFile(file, "metallb-system\n");
    expect(await ownNamespace("", file)).toBe("metallb-system");
    expect(await ownNamespace("other", file)).toBe("other");
    await expect(ownNamespace(undefined, folder)).rejects.toThrow(
      `cannot read the namespace of this Pod from ${folder}`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
