import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ClusterClient } from "./client.ts";
import { repositoryCrds } from "./repository.ts";

// The server as a program, bundled as `npm run build` does it.

let folder = "";
let program = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "steelyard-api-server-"));
  program = join(folder, "api-server.mjs");
  const banner =
    'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
  const entryPoints = [join(import.meta.dirname, "main.ts")];
  await build({
    entryPoints,
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: banner },
    logLevel: "error",
  });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("it says where it listens, serves, and ends on SIGTERM without leaving its kubeconfig", async () => {
  const kubeconfig = join(folder, "kubeconfig");
  const args = [program, "--crds", repositoryCrds(), "--kubeconfig-out", kubeconfig, "--token", "secret"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  try {
    const first = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
    const said = JSON.parse(first.value as string) as { url: string; kubeconfig: string };
    expect(said.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(said.kubeconfig).toBe(kubeconfig);
    expect(existsSync(kubeconfig)).toBe(true);
    const client = new ClusterClient({ url: said.url, token: "secret", certificateAuthority: undefined });
    expect(await client.list("/apis/metallb.io/v1beta1/ipaddresspools")).toEqual([]);
  } finally {
    child.kill("SIGTERM");
  }
  expect(await ended).toBe(0);
  expect(existsSync(kubeconfig)).toBe(false);
}, 30_000);

const output = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

test("help names every flag", async () => {
  const { code, stdout } = await output("--help");
  expect(code).toBe(0);
  for (const flag of ["--listen", "--crds", "--kubeconfig-out", "--token", "--tls"])
    expect(stdout).toContain(flag);
});

test.each([
  [["--listen", "nowhere"], "--listen nowhere: expected HOST:PORT"],
  [["--colour", "red"], "'--colour'"],
  [["--crds", tmpdir()], "holds no CustomResourceDefinition"],
])("%j ends with one sentence and code 2", async (args, sentence) => {
  const { code, stderr } = await output(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(sentence);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
