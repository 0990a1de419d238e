import type { SteelyardAddon } from "../../../../native/addon.d.ts";
import { afterAll, beforeAll, describe, jest, test } from "@jest/globals";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { loadAddon } from "../addon.ts";

/** A network namespace of its own, empty but for `lo`, for as long as the suite runs. */
export interface TestNamespace {
  /** The addon, whose sockets and interface numbers are those of the namespace whenever it is asked. */
  readonly addon: SteelyardAddon;
  /** Runs `run` synchronously inside; sockets and child processes it starts stay there. */
  inside<T>(run: () => T): T;
  /** `ip <words>` inside; answers its output and throws with its error. */
  ip(words: string): string;
  /** Writes below /proc/sys/net of the namespace, as in `sysctl("ipv6/conf/all/disable_ipv6", "1")`. */
  sysctl(name: string, value: string): void;
  /** For `ip link set … netns <path>`; known once the suite runs. */
  path(): string;
}

// These suites start programs and wait for the kernel; on a busy machine five seconds are not an answer.
jest.setTimeout(30_000);

const CAPABILITIES = { CAP_NET_ADMIN: 12, CAP_NET_RAW: 13, CAP_SYS_ADMIN: 21 } as const;

/** Built once per test file; a build that is up to date takes a few milliseconds. */
const unavailable = whyUnavailable();

/** The addon, or why this machine cannot have it. */
function whyUnavailable(): string | undefined {
  if (process.platform !== "linux") return `needs Linux, this is ${process.platform}`;
  try {
    const script = new URL("../../../../../scripts/build-addon.mjs", import.meta.url).pathname;
    execFileSync(process.execPath, [script], { stdio: "pipe", encoding: "utf8" });
  } catch (error) {
    return (error as { stderr?: string }).stderr?.trim() ?? String(error);
  }
  return undefined;
}

function whyNotPrivileged(): string | undefined {
  const status = readFileSync("/proc/self/status", "utf8");
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const missing = Object.entries(CAPABILITIES).find(([, bit]) => ((effective >> BigInt(bit)) & 1n) === 0n);
  if (missing) return `needs ${missing[0]}: run as root or under unshare -rn`;
  const absentTool = ["ip -V", "unshare --version"].find((command) => !runs(command));
  if (absentTool !== undefined) return `needs the program ${String(absentTool.split(" ")[0])}`;
  try {
    loadAddon(import.meta.url).withNetworkNamespace("/proc/self/ns/net", () => undefined);
    return undefined;
  } catch (error) {
    // Root of a user namespace, but not of the network namespace it is in.
    return `may not change its network namespace (${String(error)}): run as root or under unshare -rn`;
  }
}

function runs(command: string): boolean {
  const [program = "", ...args] = command.split(" ");
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

/** `test`, inside describeInNamespace, for what needs 802.1Q in the kernel. */
export function testWithVlans(title: string, body: () => Promise<void>): void {
  const attempt = "ip link add type veth && ip link add link veth0 name v5 type vlan id 5";
  testWhereKernelCan(attempt, "a kernel with 802.1Q VLANs", title, body);
}

/** Likewise for what needs the bonding driver. */
export function testWithBonds(title: string, body: () => Promise<void>): void {
  testWhereKernelCan("ip link add type bond", "a kernel with bonding", title, body);
}

/** The attempt is made in a network of its own. */
function testWhereKernelCan(attempt: string, needed: string, title: string, body: () => Promise<void>): void {
  const can = () => spawnSync("unshare", ["--net", "sh", "-c", attempt], { stdio: "ignore" }).status === 0;
  if (unavailable !== undefined || whyNotPrivileged() !== undefined || can()) test(title, body);
  else test.skip(`${title} [skipped: needs ${needed}]`, body);
}

/** `describe` for what needs the addon but no privilege; skipped, with the reason in its name, where there is none. */
export function describeWithAddon(title: string, define: (addon: SteelyardAddon) => void): void {
  if (unavailable === undefined) describe(title, () => define(loadAddon(import.meta.url)));
  else skip(title, unavailable, () => define(absent));
}

/** `describe` for what needs a network of its own; skipped, with the reason in its name, where that is not allowed. */
export function describeInNamespace(title: string, define: (namespace: TestNamespace) => void): void {
  describeInNamespaces(title, ([namespace]) => define(namespace));
}

/** The same with three hosts, not yet connected. */
export function describeInNamespaces(
  title: string,
  define: (namespaces: readonly [TestNamespace, TestNamespace, TestNamespace]) => void,
): void {
  const reason = unavailable ?? whyNotPrivileged();
  if (reason !== undefined) return skip(title, reason, () => define([absent, absent, absent]));
  describe(title, () => {
    const addon = loadAddon(import.meta.url);
    const namespaces = [newNamespace(addon), newNamespace(addon), newNamespace(addon)] as const;
    // A describe of its own, so that the suite's last hooks run while its namespaces still exist.
    describe("on a real kernel", () => define(namespaces));
  });
}

/** Lives from the first to the last test of the `describe` it is called in. */
function newNamespace(addon: SteelyardAddon): TestNamespace {
  const holder = new NamespaceHolder();
  beforeAll(() => holder.start());
  afterAll(() => holder.stop());
  const inside = <T>(run: () => T): T => addon.withNetworkNamespace(holder.path, run);
  return {
    addon: openingInside(addon, inside),
    inside,
    ip: (words) => inside(() => execFileSync("ip", words.split(" "), { encoding: "utf8", stdio: "pipe" })),
    sysctl: (name, value) => inside(() => writeSysctl(name, value)),
    path: () => holder.path,
  };
}

/** An adapter may open a socket at any time, long after the test's own call has returned. */
function openingInside(addon: SteelyardAddon, inside: TestNamespace["inside"]): SteelyardAddon {
  return {
    ...addon,
    openPacketSocket: (request) => inside(() => addon.openPacketSocket(request)),
    openNetlinkSocket: (request) => inside(() => addon.openNetlinkSocket(request)),
    openMulticastSocket: () => inside(() => addon.openMulticastSocket()),
    openSocket: (family, type) => inside(() => addon.openSocket(family, type)),
    interfaceIndex: (name) => inside(() => addon.interfaceIndex(name)),
  };
}

/** What a skipped suite is defined with: its tests are counted by name, and none of them runs. */
const absent = new Proxy({} as TestNamespace & SteelyardAddon, {
  get: (_target, name) => {
    throw new Error(`a skipped suite asked for ${String(name)}`);
  },
});

function skip(title: string, reason: string, define: () => void): void {
  describe.skip(`${title} [skipped: ${reason}]`, define);
}

/** /proc/sys/net shows the namespace of the thread that opens it. */
function writeSysctl(name: string, value: string): void {
  writeFileSync(`/proc/sys/net/${name}`, value);
}

/** A process that does nothing but live in a new network namespace, and dies with its standard input. */
class NamespaceHolder {
  #process: ChildProcess | undefined;

  get path(): string {
    return `/proc/${String(this.#process?.pid)}/ns/net`;
  }

  /** `cat` answers only once `unshare` has become it, so an echo proves that the namespace exists. */
  async start(): Promise<void> {
    const child = spawn("unshare", ["--net", "cat"], { stdio: ["pipe", "pipe", "inherit"] });
    this.#process = child;
    child.stdin.write("?");
    await once(child.stdout, "data");
  }

  async stop(): Promise<void> {
    const exited = this.#process && once(this.#process, "exit");
    this.#process?.stdin?.end();
    await exited;
  }
}
