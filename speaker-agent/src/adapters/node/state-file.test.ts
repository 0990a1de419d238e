import { afterAll, expect, test } from "@jest/globals";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stateStoreContract } from "../../ports/state-store.contract.ts";
import { MemoryStateStore } from "../memory/memory-state-store.ts";
import { StateFile } from "./state-file.ts";

const root = mkdtempSync(join(tmpdir(), "state-file-"));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const nextFolder = (): string => join(root, String((folders += 1)), "not", "yet", "there");

stateStoreContract("StateFile", () => {
  const folder = nextFolder();
  return () => Promise.resolve(new StateFile({ folder, nodeName: "node-a" }));
});

stateStoreContract("MemoryStateStore", () => {
  const store = new MemoryStateStore();
  return () => Promise.resolve(store);
});

test("each node has its own file, and nothing else is left in the folder", async () => {
  const folder = nextFolder();
  await new StateFile({ folder, nodeName: "node-a" }).write("a");
  await new StateFile({ folder, nodeName: "../node-b" }).write("b");
  expect(readdirSync(folder).sort()).toEqual(["..%2Fnode-b.json", "node-a.json"]);
});

test("a folder that cannot be made is an error that names it", async () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  const store = new StateFile({ folder: join(file, "sub"), nodeName: "node-a" });
  await expect(store.write("a")).rejects.toThrow(/ENOTDIR/);
  await expect(store.read()).rejects.toThrow(/ENOTDIR/);
});
