import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { deadline } from "./eventually.ts";

/** One JSON log line of a program under test. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly millis: number;
}

/** A running program under test: its log lines as they come, and a clean end. */
export class Program {
  readonly lines: LogLine[] = [];
  /** Whatever was printed that is no JSON object: usually a crash. */
  readonly noise: string[] = [];
  private readonly watchers = new Set<() => void>();
  private readonly ended: Promise<Ended>;

  readonly name: string;
  readonly process: ChildProcess;

  constructor(name: string, process: ChildProcess) {
    this.name = name;
    this.process = process;
    for (const stream of [process.stdout, process.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on("line", (line) => this.accept(line));
    }
    // Not "exit": what it printed last may still be under way then.
    this.ended = once(process, "close").then(([code, signal]) => {
      this.wake();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null, millis: 0 };
    });
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error(`${this.name} could not be started`);
    return this.process.pid;
  }

  /** Resolves when it has ended and everything it printed is here. */
  get whenEnded(): Promise<Ended> {
    return this.ended;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Waits for a log line; fails with the program's whole output when it ends first or `withinMillis` pass. */
  async line(matches: (line: LogLine) => boolean, withinMillis = 10_000): Promise<LogLine> {
    const limit = deadline(withinMillis);
    for (;;) {
      const found = this.lines.find(matches);
      if (found !== undefined) return found;
      if (!this.isRunning) throw new Error(`${this.name} ended early:\n${this.transcript()}`);
      if (limit.passed)
        throw new Error(
          `${this.name} did not log what was awaited in ${withinMillis} ms:\n${this.transcript()}`,
        );
      await this.nextOutput(limit.leftMillis);
    }
  }

  /** Everything it printed, for a failure message. */
  transcript(): string {
    return [...this.lines.map((line) => JSON.stringify(line)), ...this.noise].slice(-60).join("\n");
  }

  /** Asks it to end and waits; kills it after `graceMillis`, which the result shows as SIGKILL. */
  async stop(signal: NodeJS.Signals = "SIGTERM", graceMillis = 5_000): Promise<Ended> {
    if (!this.isRunning) return this.ended;
    const asked = process.hrtime.bigint();
    this.process.kill(signal);
    // One that is stopped in its tracks hears nothing until it goes on.
    this.process.kill("SIGCONT");
    const giveUp = setTimeout(() => this.process.kill("SIGKILL"), graceMillis);
    const ended = await this.ended;
    clearTimeout(giveUp);
    return { ...ended, millis: Number((process.hrtime.bigint() - asked) / 1_000_000n) };
  }

  private accept(text: string): void {
    try {
      this.lines.push(JSON.parse(text) as LogLine);
    } catch {
      this.noise.push(text);
    }
    this.wake();
  }

  private wake(): void {
    for (const watcher of this.watchers) watcher();
  }

  private nextOutput(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.watchers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, millis);
      this.watchers.add(done);
    });
  }
}
