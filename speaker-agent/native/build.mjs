// Builds the native addon with the C compiler and the headers of `node-api-headers`: no Python, no node-gyp and no Node
// headers are needed, and it takes half a second.
// The command is scripts/build-addon.mjs.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const native = dirname(fileURLToPath(import.meta.url));

/** Where the loader looks when the agent runs from its sources. */
export const developmentOutput = join(native, "build", "steelyard.node");

// The addon parses what any host on the segment sends, so the compiler's guards are all on, and a warning is an error.
// Some compilers define _FORTIFY_SOURCE themselves; defining it twice would be such a warning.
const FLAGS = [
  ...["-std=gnu11", "-D_GNU_SOURCE", "-DNAPI_VERSION=8", "-O2", "-fPIC", "-shared", "-fvisibility=hidden"],
  ...["-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"],
  ...["-Wall", "-Wextra", "-Wshadow", "-Wvla", "-Werror"],
  ...["-Wl,-z,relro,-z,now,-z,noexecstack", "-Wl,--as-needed"],
];

/** One sentence for whoever ran the build: what is missing and what to do about it. */
export class AddonBuildError extends Error {
  name = "AddonBuildError";
}

/**
 * Compiles the addon to `output` unless the file there is newer than every source. The file appears in one piece, so
 * builds may run at the same time. Answers whether it compiled. Throws AddonBuildError.
 */
export async function buildAddon(output = developmentOutput) {
  const sources = filesEnding(".c");
  const headers = headersDirectory();
  if (isFresh(output, [...sources, ...filesEnding(".h"), fileURLToPath(import.meta.url)])) return false;
  mkdirSync(dirname(output), { recursive: true });
  const unfinished = `${output}.${process.pid}.unfinished`;
  try {
    compile([...FLAGS, `-I${headers}`, "-o", unfinished, ...sources]);
    renameSync(unfinished, output);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return true;
}

function filesEnding(suffix) {
  return readdirSync(native)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(native, name));
}

function headersDirectory() {
  try {
    return createRequire(import.meta.url)("node-api-headers").include_dir;
  } catch {
    throw new AddonBuildError(
      "The native addon needs the npm package node-api-headers, which is not installed: run `npm install` first.",
    );
  }
}

function isFresh(output, inputs) {
  if (!existsSync(output)) return false;
  const built = statSync(output).mtimeMs;
  return inputs.every((input) => statSync(input).mtimeMs < built);
}

function compile(args) {
  if (process.platform !== "linux") {
    throw new AddonBuildError(
      `The native addon talks to the Linux kernel and cannot be built on ${process.platform}.`,
    );
  }
  // CC may carry words of its own, as in "ccache gcc".
  const [compiler = "cc", ...own] = (process.env.CC?.trim() || "cc").split(/\s+/);
  const result = spawnSync(compiler, [...own, ...args], { encoding: "utf8" });
  if (result.error) {
    throw new AddonBuildError(
      `The native addon needs a C compiler, and \`${compiler}\` cannot be run (${result.error.code}): install gcc or clang (Debian, Ubuntu: apt-get install gcc libc6-dev), or name one in CC.`,
    );
  }
  if (result.status !== 0) throw new AddonBuildError(whyNotCompiled(compiler, result));
}

function whyNotCompiled(compiler, { status, signal, stderr }) {
  const missing = /fatal error: (\S+): No such file/.exec(stderr)?.[1];
  if (missing !== undefined) {
    return `The native addon needs the C header ${missing}, which \`${compiler}\` cannot find: install the C library's and the kernel's headers (Debian, Ubuntu: apt-get install libc6-dev linux-libc-dev).`;
  }
  return `\`${compiler}\` could not compile the native addon (${signal ?? `exit code ${status}`}):\n${stderr.trim()}`;
}
