import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { systemClock } from "../clock.ts";

/** A server process of ours: its output in a log file, ended by its own handle. */
export class KubeProcess {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #name: string;
  readonly #ended: Promise<void>;

  constructor(name: string, command: string, args: readonly string[], log: string) {
    this.#name = name;
    this.#log = log;
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    const out = createWriteStream(log);
    this.#child.stdout?.pipe(out, { end: false });
    this.#child.stderr?.pipe(out, { end: false });
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", () => {
        out.end();
        resolve();
      });
      this.#child.once("error", () => resolve());
    });
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Any signal, SIGSTOP and SIGCONT for example; a process that has ended hears nothing. */
  signal(signal: NodeJS.Signals): void {
    if (!this.hasEnded) this.#child.kill(signal);
  }

  /** SIGKILL, as when a machine loses its power. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** The last lines it printed, for the message of a failure. */
  async complaint(): Promise<string> {
    const text = await readFile(this.#log, "utf8").catch(() => "");
    return `${this.#name}:\n${text.split("\n").slice(-15).join("\n")}`;
  }

  /** SIGTERM, and SIGKILL when that is not enough within `graceMillis`. */
  async stop(graceMillis = 2_000): Promise<void> {
    if (this.hasEnded || this.#child.pid === undefined) return;
    this.#child.kill("SIGTERM");
    const cancel = systemClock.after(graceMillis, () => void this.#child.kill("SIGKILL"));
    await this.#ended;
    cancel();
  }
}
