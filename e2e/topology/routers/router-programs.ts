import { appendFileSync, copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { attempt, command } from "../command.ts";
import { repository } from "../dist.ts";
import { hasOnlyRoot } from "../sandbox.ts";
import { type RouterKind } from "./router-config.ts";

const peers = join(repository, ".cache", "peers");
const debian = join(peers, "debian");

/** A program that scripts/unpack-peers.mjs has unpacked, by its path on a machine where it is installed. */
export function unpacked(path: string): string {
  return join(debian, path);
}

/** GoBGP's programs, from scripts/build-peers.mjs. */
export function builtPeer(name: string): string {
  return join(peers, name);
}

const probes: Readonly<Record<RouterKind, string>> = {
  frr: unpacked("usr/lib/frr/bgpd"),
  bird: unpacked("usr/sbin/bird"),
  gobgp: builtPeer("gobgpd"),
  openbgpd: unpacked("usr/sbin/bgpd"),
  exabgp: unpacked("usr/lib/python3/dist-packages/exabgp"),
};

/** Why no such router can stand here, or undefined when one can. */
export function whyNoRouter(...kinds: readonly RouterKind[]): string | undefined {
  if (kinds.includes("openbgpd") && process.platform === "linux" && hasOnlyRoot())
    return "openbgpd gives up its privileges, which only root of the machine can";
  const missing = kinds.find((kind) => !existsSync(probes[kind]));
  if (missing === undefined) return undefined;
  const script = missing === "gobgp" ? "build-peers.mjs, with Go" : "unpack-peers.mjs, with apt-get";
  return `no ${missing}: node scripts/${script}`;
}

const libraries = ["usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "lib/x86_64-linux-gnu"];

function libraryPath(): string {
  return libraries
    .map(unpacked)
    .flatMap((folder) => [folder, join(folder, "frr")])
    .join(":");
}

/** For programs out of place: their libraries are with them. */
export function unpackedEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], LD_LIBRARY_PATH: libraryPath(), ...more };
}

/** Users and groups that FRR and OpenBGPD insist on. In a sandbox made by an ordinary user there is no other id than root's. */
const accounts = { passwd: ["frr", "_openbgpd"], group: ["frr", "frrvty", "_openbgpd"] } as const;
const home = "/run/routers";

/**
 * Makes the sandbox a machine on which routers' programs start: their users exist, as other names of root, and what they write
 * to /var/tmp stays inside. All of it is in this sandbox's own mount namespace.
 */
export async function admitRouters(): Promise<void> {
  if (existsSync(home)) return;
  mkdirSync(join(home, "empty"), { recursive: true });
  mkdirSync(join(home, "var-tmp"));
  for (const [file, names] of Object.entries(accounts)) {
    const own = join(home, file);
    copyFileSync(`/etc/${file}`, own);
    const entry = (name: string): string =>
      file === "passwd" ? `${name}:x:0:0::${home}/empty:/bin/false\n` : `${name}:x:0:\n`;
    appendFileSync(own, names.map(entry).join(""));
    await command("mount", ["--bind", own, `/etc/${file}`]);
  }
  await command("mount", ["--bind", join(home, "var-tmp"), "/var/tmp"]);
}

/** Where a router keeps its files: short, because the paths of sockets are. */
export function routerFolder(name: string): string {
  const folder = join(home, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** What an unpacked program says; it has to succeed, or to end in words that match `unless`, for which undefined is given. */
export async function askUnpacked(program: string, args: readonly string[]): Promise<string>;
export async function askUnpacked(
  program: string,
  args: readonly string[],
  unless: RegExp,
): Promise<string | undefined>;
export async function askUnpacked(
  program: string,
  args: readonly string[],
  unless?: RegExp,
): Promise<string | undefined> {
  const { status, stdout, stderr } = await attempt("env", [
    `LD_LIBRARY_PATH=${libraryPath()}`,
    program,
    ...args,
  ]);
  if (status === 0) return stdout;
  const said = `${stdout}${stderr}`.trim();
  if (unless?.test(said) === true) return undefined;
  throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${said}`);
}
