import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "steelyard-framework-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bundles a program and gives the sources that are loaded when it starts. */
async function bundle(entry: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [source("testing/bundle.mjs"), source(entry), folder],
    {
      env: { ...process.env, NODE_OPTIONS: "" },
    },
  );
  return stdout.split("\n").filter((line) => line !== "");
}

describe("the framework's shell", () => {
  test("starts and stops what it is given, and ends the process by itself with code 0", async () => {
    await bundle("testing/framework-program.ts");
    const program = spawn(process.execPath, [join(folder, "framework-program.mjs")], {
      env: { PATH: process.env["PATH"] },
      stdio: ["pipe", "pipe", "pipe"],
    });
    program.stdin.end();
    const exited = once(program, "exit") as Promise<[number | null]>;
    const [out, errors, [code]] = await Promise.all([text(program.stdout), text(program.stderr), exited]);
    expect({ out, errors, code }).toEqual({
      out: "running\nstarted\nstopping\nended\n",
      errors: "",
      code: 0,
    });
  });

  test("does not bring into the operator what costs memory", async () => {
    const loaded = await bundle("../../main.ts");
    expect(loaded).toContain("node_modules/@dot-i/k8s-operator/dist/operator.js");
    const heavy = loaded.filter((path) =>
      /node_modules\/(@kubernetes\/client-node|gaxios|ajv|yaml|undici)\//.test(path),
    );
    expect(heavy).toEqual([]);
    // Of the command `plan`, which is a chunk of its own.
    const onDemand = loaded.filter((path) =>
      /plan-command|\/(core|shell)\/plan\/|read-documents|generated\/validators|cel-rules/.test(path),
    );
    expect(onDemand).toEqual([]);
  }, 30_000);
});
