import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lanTuning, wanTuning } from "../../core/machines/membership/tuning.ts";
import { readMembershipKey } from "./membership-key-file.ts";
import { readMembershipTuning } from "./membership-tuning-file.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "membership-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

describe("readMembershipTuning", () => {
  test("a missing file leaves the defaults", async () => {
    const file = join(folder, "missing.json");
    expect(await readMembershipTuning({ file, wan: false })).toEqual(lanTuning);
    expect(await readMembershipTuning({ file, wan: true })).toEqual(wanTuning);
  });

  test("a wrong one is refused with its name and the field", async () => {
    const file = await write("config.json", "{}");
    const reading = readMembershipTuning({ file, wan: false });
    await expect(reading).rejects.toThrow(`${file}: IndirectChecks is missing: every field is needed`);
  });

  test("one that cannot be read is refused", async () => {
    await expect(readMembershipTuning({ file: folder, wan: false })).rejects.toThrow(`cannot read ${folder}`);
  });
});

describe("readMembershipKey", () => {
  const secret = "m9K2vQ8x7LrT4nB1cZ5wYg";
  const key = createHash("sha256").update(secret).digest();

  test("is SHA-256 over the whole file (reference metallb.md, section 10)", async () => {
    expect(await readMembershipKey(await write("key", secret))).toEqual(key);
  });

  test("is found in the directory that the Secret is mounted at", async () => {
    const mount = join(folder, "mount");
    await mkdir(mount);
    await writeFile(join(mount, "secretkey"), secret);
    expect(await readMembershipKey(mount)).toEqual(key);
  });

  test("missing, in a directory without one, or empty: the file is named", async () => {
    const missing = join(folder, "nowhere");
    await expect(readMembershipKey(missing)).rejects.toThrow(`cannot be read: ENOENT`);
    await expect(readMembershipKey(missing)).rejects.toThrow(missing);
    await expect(readMembershipKey(folder)).rejects.toThrow(join(folder, "secretkey"));
    const empty = await write("empty", "");
    await expect(readMembershipKey(empty)).rejects.toThrow(`the key of the gossip is empty: ${empty}`);
  });
});
