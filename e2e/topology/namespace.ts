import { spawn, type ChildProcess } from "node:child_process";
import { attempt, command, type CommandResult } from "./command.ts";

/** What a program started in a namespace may do. */
export type Privileges = "all" | "net-raw-only" | "none";

/** A named network namespace: a host of the test network. */
export class NetworkNamespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes the namespace, with loopback up and settings that a router under test wants. */
  static async create(name: string): Promise<NetworkNamespace> {
    await command("ip", ["netns", "add", name]);
    const namespace = new NetworkNamespace(name);
    await namespace.ip("link", "set", "lo", "up");
    return namespace;
  }

  /** `ip` inside the namespace. */
  ip(...args: string[]): Promise<string> {
    return command("ip", ["-n", this.name, ...args]);
  }

  /** Many `ip` commands inside the namespace as one program; the first that fails ends it. */
  async ipBatch(commands: readonly string[]): Promise<void> {
    if (commands.length === 0) return;
    await command("ip", ["-n", this.name, "-batch", "-"], { input: `${commands.join("\n")}\n` });
  }

  async sysctl(settings: Readonly<Record<string, string | number>>): Promise<void> {
    const assignments = Object.entries(settings).map(
      ([key, value]) => `echo ${value} > /proc/sys/${key.replaceAll(".", "/")}`,
    );
    await this.run("sh", ["-c", assignments.join(" && ")]);
  }

  /** Runs a program inside to its end; it has to succeed. */
  run(
    program: string,
    args: readonly string[],
    options: { timeoutMillis?: number; input?: string } = {},
  ): Promise<string> {
    return command("nsenter", [`--net=/run/netns/${this.name}`, program, ...args], options);
  }

  /** Runs a program inside to its end, whatever its status. */
  attempt(
    program: string,
    args: readonly string[],
    options: { timeoutMillis?: number; input?: string } = {},
  ): Promise<CommandResult> {
    return attempt("nsenter", [`--net=/run/netns/${this.name}`, program, ...args], options);
  }

  /** Starts a program inside and leaves it running; standard output and error are pipes. */
  spawn(
    program: string,
    args: readonly string[],
    prefix: readonly string[] = [],
    env: NodeJS.ProcessEnv = process.env,
  ): ChildProcess {
    return spawn("nsenter", [`--net=/run/netns/${this.name}`, ...prefix, program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env,
    });
  }

  /** Removes the name; the namespace itself goes with its last process. */
  async delete(): Promise<void> {
    await command("ip", ["netns", "delete", this.name]);
  }
}
