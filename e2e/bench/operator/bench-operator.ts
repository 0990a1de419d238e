import { setTimeout as pause } from "node:timers/promises";
import { deadline } from "../../topology/eventually.ts";
import { type Ended, type Program } from "../../topology/program.ts";

/** How often readiness is asked for: the resolution of every figure about starts. */
const askEveryMillis = 10;

/** An operator under measurement. */
export class BenchOperator {
  readonly program: Program;
  readonly #probe: string;
  readonly #startedAt = process.hrtime.bigint();

  constructor(program: Program, probePort: number) {
    this.program = program;
    this.#probe = `http://127.0.0.1:${probePort}/readyz`;
  }

  get pid(): number {
    return this.program.pid;
  }

  /** Waits until it leads and has adopted everything; returns how long that took from the start of its process. */
  untilLeading(withinMillis = 60_000): Promise<number> {
    return this.#until("leading", withinMillis);
  }

  untilStandingBy(withinMillis = 60_000): Promise<number> {
    return this.#until("standing by", withinMillis);
  }

  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    return this.program.stop(signal);
  }

  async #until(answer: string, withinMillis: number): Promise<number> {
    const limit = deadline(withinMillis);
    while (!(await this.#says(answer))) {
      if (!this.program.isRunning) throw new Error(`the operator ended:\n${this.program.transcript()}`);
      if (limit.passed)
        throw new Error(`not "${answer}" in ${withinMillis} ms:\n${this.program.transcript()}`);
      await pause(askEveryMillis);
    }
    return Number(process.hrtime.bigint() - this.#startedAt) / 1e6;
  }

  async #says(answer: string): Promise<boolean> {
    const reply = await fetch(this.#probe).catch(() => undefined);
    return reply?.ok === true && (await reply.text()).startsWith(answer);
  }
}
