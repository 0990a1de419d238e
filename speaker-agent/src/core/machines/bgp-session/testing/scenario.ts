import { type BgpSessionReport } from "../types.ts";
import { describeEffect } from "./describe-effects.ts";
import { config as usual } from "./router-messages.ts";
import { parseScenarioLine } from "./scenario-inputs.ts";
import { SessionDriver } from "./session-driver.ts";
import { playBlocks } from "../../testing/scenario-files.ts";

/** Runs a scenario and gives it back with the effects that really came out; `wait` lets time pass and timers fire. */
export function runScenario(text: string): string {
  const stage = new Stage();
  return playBlocks(text, (line) => stage.play(line));
}

class Stage {
  readonly #driver = new SessionDriver();
  #config = usual;

  play(line: string): readonly string[] {
    const input = parseScenarioLine(line);
    switch (input.kind) {
      case "wait":
        return this.#wait(input.millis);
      case "settings":
        this.#config = { ...this.#config, ...input.config };
        return this.#perform(() => this.#driver.give({ kind: "configure", config: this.#config }));
      case "restarted":
        this.#driver.restarting = true;
        return [];
      case "report":
        return describeReport(this.#driver.report, this.#driver.now);
      default:
        return this.#perform(() => this.#driver.give(input));
    }
  }

  #perform(act: () => void): readonly string[] {
    act();
    return this.#driver.take().flatMap((effect) => describeEffect(effect, this.#driver.now));
  }

  #wait(millis: number): readonly string[] {
    const driver = this.#driver;
    const until = driver.now + millis;
    const lines: string[] = [];
    for (let due = driver.nextTimer(); due !== undefined && due.at <= until; due = driver.nextTimer()) {
      const { timer, connection, at } = due;
      lines.push(`at ${Math.round(at)}ms ${timer}${connection === undefined ? "" : ` ${connection}`}`);
      lines.push(...this.#perform(() => driver.fire(due)).map((effect) => `  ${effect}`));
    }
    driver.pass(until - driver.now);
    return lines;
  }
}

function describeReport(
  { state, since, lastError, dialAt, counters, received, endOfRibs }: BgpSessionReport,
  now: number,
) {
  const counted = Object.entries(counters).flatMap(([name, count]) =>
    count === 0 ? [] : [`${name} ${count}`],
  );
  return [
    `report ${state} for ${Math.round(now - since)}ms`,
    ...(lastError === undefined ? [] : [`  last error: ${lastError}`]),
    ...(dialAt === undefined ? [] : [`  dials in ${Math.round(dialAt - now)}ms`]),
    `  received IPv4 ${received.IPv4}, IPv6 ${received.IPv6}; End-of-RIB ${endOfRibs.join(", ") || "none"}`,
    `  ${counted.join(", ")}`,
  ];
}
