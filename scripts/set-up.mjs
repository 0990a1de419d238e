// Everything a fresh Debian or Ubuntu machine with Node and git lacks: npm packages, and for the real-network suites
// iproute2, nftables, curl and a C compiler. Plain Node, no dependency: it runs before `npm ci` ever did.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { announce, root, run } from "./process.mjs";

const OLDEST_NODE = [20, 19];

/** The programs that building and the network suites call, and the Debian packages that hold them. */
const SYSTEM_PROGRAMS = [
  { program: "cc", packages: ["gcc", "libc6-dev"] },
  { program: "ip", packages: ["iproute2"] },
  { program: "nft", packages: ["nftables"] },
  { program: "curl", packages: ["curl"] },
  { program: "unshare", packages: ["util-linux"] },
];

/** Refuses a Node that is too old with one sentence; everything after this line may rely on it. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [wantMajor = 0, wantMinor = 0] = OLDEST_NODE;
  if (major > wantMajor || (major === wantMajor && minor >= wantMinor)) return;
  process.stderr.write(
    `Steelyard needs Node ${OLDEST_NODE.join(".")} or newer; this is ${process.versions.node}.\n`,
  );
  process.exit(2);
}

/** Installs the npm packages of the lock file, unless they are the ones already there. */
export function ensurePackages() {
  const stamp = join(root, "node_modules", ".steelyard-lock");
  const digest = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  announce("installing npm packages (npm ci)");
  run("npm", ["ci", "--no-audit", "--no-fund"], { quiet: true });
  writeFileSync(stamp, digest);
}

/**
 * Gets the genuine programs of others into .cache/peers. Inside the sandbox there is no network to get modules or packages
 * from; what is missing is skipped there, with the reason.
 */
export function ensurePeers() {
  for (const script of ["scripts/build-peers.mjs", "scripts/unpack-peers.mjs"])
    run(process.execPath, [script], { quiet: true, allowFailure: true });
}

/** Builds Helm, minutes the first time; without Go or a network the suites that render or install the chart are skipped. */
export function ensureHelm() {
  run(process.execPath, ["scripts/build-helm.mjs"], { quiet: true, allowFailure: true });
}

/** Builds what judges rendered objects by the types of each Kubernetes, minutes the first time; without Go it is not asked. */
export function ensureSchemas() {
  run(process.execPath, ["scripts/build-schemas.mjs"], { quiet: true, allowFailure: true });
}

/** Makes the images' root directories, which some suites run programs out of; without a network they are skipped. */
export function ensureImages() {
  run(process.execPath, ["images/build.mjs"], { quiet: true, allowFailure: true });
}

/**
 * Makes the system programs available where that is possible.
 * Returns a sentence about what is still missing, or undefined when nothing is.
 */
export function ensureSystemPrograms() {
  if (process.platform !== "linux") return "the real-network suites and the demo need Linux";
  let missing = missingPrograms();
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.flatMap((entry) => entry.packages))];
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() === 0 && has("apt-get")) {
    announce(`installing ${packages.join(", ")} (apt-get)`);
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    run("apt-get", ["update", "-qq"], { quiet: true, allowFailure: true, env: environment });
    run("sh", ["-c", command], { quiet: true, allowFailure: true, env: environment });
    missing = missingPrograms();
    if (missing.length === 0) return undefined;
  }
  const names = missing.map((entry) => entry.program).join(", ");
  return `${names} not found; install with: ${process.getuid?.() === 0 ? "" : "sudo "}${command}`;
}

function missingPrograms() {
  return SYSTEM_PROGRAMS.filter((entry) => !(entry.program === "cc" ? compilerWorks() : has(entry.program)));
}

/** `cc` without the C library's headers is there on many machines and compiles nothing. */
function compilerWorks() {
  const compiler = process.env.CC ?? "cc";
  if (!has(compiler)) return false;
  const folder = join(root, ".cache", "set-up");
  mkdirSync(folder, { recursive: true });
  const source = join(folder, "probe.c");
  writeFileSync(source, '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n');
  const compiled =
    spawnSync(compiler, ["-o", join(folder, "probe"), source], { stdio: "ignore" }).status === 0;
  rmSync(folder, { recursive: true, force: true });
  return compiled;
}

function has(program) {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return program.includes("/")
    ? existsSync(program)
    : folders.some((folder) => existsSync(join(folder, program)));
}

/**
 * How this machine lets us make network namespaces: `{ how: "root" | "user-namespace", prefix }`, the prefix being the
 * command that puts a program into a private network, or `{ how: "none", because }`.
 */
export function namespaceAccess() {
  if (process.platform !== "linux") return { how: "none", because: "not Linux" };
  const ways = [
    { how: "root", prefix: ["unshare", "--net", "--mount", "--propagation", "private"] },
    {
      how: "user-namespace",
      prefix: ["unshare", "--user", "--map-root-user", "--net", "--mount", "--propagation", "private"],
    },
  ];
  for (const way of ways) {
    const [program, ...args] = [...way.prefix, "true"];
    if (spawnSync(program, args, { stdio: "ignore" }).status === 0) return way;
  }
  return { how: "none", because: "neither root nor unprivileged user namespaces are available here" };
}
