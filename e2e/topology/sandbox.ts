import { mkdirSync, readFileSync, readlinkSync } from "node:fs";
import { command } from "./command.ts";

/**
 * The suites and the demo run in a network and mount namespace of their own (scripts/set-up.mjs starts them there), so
 * that named namespaces, links and firewall rules vanish with the process however it ends, and nothing of the machine's
 * own network is ever touched. This makes such a fresh namespace usable: loopback up, a private place for named
 * namespaces.
 */
export async function enterSandbox(): Promise<void> {
  const why = whyNotSandboxed();
  if (why !== undefined) throw new Error(`not in a network sandbox: ${why}`);
  if (prepared()) return;
  // A file system over the whole of /run, because an ordinary user may not create /run/netns in the real one.
  await command("mount", ["-t", "tmpfs", "steelyard", "/run"]);
  mkdirSync("/run/netns");
  await command("ip", ["link", "set", "lo", "up"]);
}

/** Why this process may not build networks, or undefined when it may. */
export function whyNotSandboxed(): string | undefined {
  if (process.platform !== "linux") return "not Linux";
  const outside = process.env["STEELYARD_OUTER_NET"];
  if (outside === undefined)
    return process.env["STEELYARD_NO_SANDBOX"] ?? "start it with npm test, npm run demo or npm run bench";
  return readlinkSync("/proc/self/ns/net") === outside
    ? "still in the network namespace of the machine"
    : undefined;
}

/** Only one uid is mapped when an ordinary user made the sandbox: programs then stay root of that user namespace. */
export function hasOnlyRoot(): boolean {
  const [line = ""] = readFileSync("/proc/self/uid_map", "utf8").trim().split("\n");
  return Number(line.trim().split(/\s+/)[2]) === 1;
}

function prepared(): boolean {
  return readFileSync("/proc/self/mounts", "utf8").includes("steelyard /run tmpfs");
}
