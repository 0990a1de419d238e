import { type ConfigProblem } from "./types.ts";

/** A problem before it is known which object it belongs to. */
export type Finding = Pick<ConfigProblem, "kind" | "path" | "message" | "summary">;

/** Collects what is found while one object is parsed; the parser goes on after a fault, to report all of them. */
export class Findings {
  readonly #all: Finding[] = [];
  #refused = false;

  get all(): readonly Finding[] {
    return this.#all;
  }

  /** Whether the object cannot be used as it is. */
  get refused(): boolean {
    return this.#refused;
  }

  /** A fault on account of which the object as a whole is refused. */
  refuse(path: string, message: string): void {
    this.#refused = true;
    this.#all.push({ kind: "wrong", path, message });
  }

  /** Something is missing without which the object cannot be used as it is; `summary` as in ConfigProblem. */
  withhold(path: string, message: string, summary: string): void {
    this.#refused = true;
    this.#all.push({ kind: "incomplete", path, message, summary });
  }

  /** Something that has no effect, in an object that is used all the same. */
  note(finding: Finding): void {
    this.#all.push(finding);
  }
}
