import { fileURLToPath } from "node:url";
import { distFolder } from "./dist.ts";
import { eventually } from "./eventually.ts";
import { type NetworkNamespace } from "./namespace.ts";
import { type LogLine, Program } from "./program.ts";
import { outageAfter, reportOn, type Visit, type VisitReport } from "./visits.ts";

const tool = fileURLToPath(new URL("web-probe", distFolder));

export interface VisitorOptions {
  readonly port?: number;
  readonly everyMillis?: number;
  /** After this long without an end a visit counts as lost. Shorter than the second after which TCP tries again. */
  readonly withinMillis?: number;
}

/** A client that opens a new connection to an address every few milliseconds and keeps book. */
export class Visitor {
  readonly #program: Program;
  readonly address: string;

  private constructor(address: string, program: Program) {
    this.address = address;
    this.#program = program;
  }

  static async start(
    from: NetworkNamespace,
    address: string,
    { port = 80, everyMillis = 5, withinMillis = 900 }: VisitorOptions = {},
  ): Promise<Visitor> {
    const pace = ["--every-us", String(everyMillis * 1000), "--within", String(withinMillis)];
    const program = new Program(
      `visits to ${address}`,
      from.spawn(tool, ["visit", address, String(port), ...pace]),
    );
    await program.line((line) => line["msg"] === "visiting");
    return new Visitor(address, program);
  }

  get visits(): readonly Visit[] {
    return this.#program.lines.flatMap((line) => toVisit(line) ?? []);
  }

  /** Milliseconds from an event until a connection was good again, once 20 in a row have been. */
  async untilServed(event: number, withinMillis = 10_000): Promise<number> {
    return eventually(
      `connections to ${this.address} to be good again`,
      () => Promise.resolve(this.#isServed(event) ? outageAfter(this.visits, event) : undefined),
      withinMillis,
    );
  }

  /** What is silent is known to be lost only after a while: counted is up to where the client knows everything. */
  #isServed(event: number): boolean {
    const known = Number(this.#program.lines.findLast((line) => "known" in line)?.["known"] ?? 0) / 1000;
    const since = this.visits.filter(({ at }) => at >= event && at < known).sort((a, b) => a.at - b.at);
    const lastBad = since.findLastIndex(({ outcome }) => outcome !== "answered");
    return since.length - lastBad - 1 >= 20;
  }

  /** Lets go of what was seen so far. */
  forget(): void {
    this.#program.lines.length = 0;
  }

  async stop(since?: number): Promise<VisitReport> {
    await this.#program.stop();
    return reportOn(this.visits, since);
  }
}

function toVisit(line: LogLine): Visit | undefined {
  if (typeof line["at"] !== "number" || typeof line["micros"] !== "number") return undefined;
  const { at, micros, outcome, by } = line as unknown as {
    at: number;
    micros: number;
    outcome: Visit["outcome"];
    by?: string;
  };
  return { at: at / 1000, millis: micros / 1000, outcome, ...(by === undefined ? {} : { by }) };
}
