import { type Deadline, deadlinesOf } from "../timers.ts";
import { connectionsOf } from "../opening.ts";
import { type BgpSessionEffect, type BgpSessionInput } from "../types.ts";
import { type SessionDriver } from "./session-driver.ts";

/** What the driver of a machine knows of it: which connections are open, whether it dials, whether it is established. */
export class Ledger {
  readonly open = new Set<number>();
  isDialling = false;
  isEstablished = false;
  dials = 0;
  readonly #driver: SessionDriver;

  constructor(driver: SessionDriver) {
    this.#driver = driver;
  }

  give(input: BgpSessionInput): void {
    if (input.kind === "connected") {
      this.open.add(input.connection);
      if (!input.inbound) this.isDialling = false;
    }
    if (input.kind === "connect-failed") this.isDialling = false;
    if (input.kind === "closed") this.open.delete(input.connection);
    this.#enter(this.#driver.step(input));
  }

  pass(millis: number): void {
    const until = this.#driver.now + millis;
    for (
      let due = this.#driver.nextTimer();
      due !== undefined && due.at <= until;
      due = this.#driver.nextTimer()
    )
      this.#enter(this.#driver.fire(due));
    this.#driver.pass(until - this.#driver.now);
  }

  #enter(effects: readonly BgpSessionEffect[]): void {
    for (const effect of effects) this.#enterOne(effect);
    checkBalance(this.#driver, this.open, this.isDialling);
    const { phase } = this.#driver.state;
    check(this.isEstablished === (phase.at === "established"), "is established unbeknown");
  }

  #enterOne(effect: BgpSessionEffect): void {
    switch (effect.kind) {
      case "connect":
        check(!this.isDialling, "dials while it dials");
        this.isDialling = true;
        this.dials++;
        return;
      case "abort-connect":
        check(this.isDialling, "aborts a dial that is not there");
        this.isDialling = false;
        return;
      case "send":
        check(this.open.has(effect.connection), "sends on a connection that is not open");
        return;
      case "close":
        check(this.open.delete(effect.connection), "closes a connection that is not open");
        return;
      case "established":
        check(!this.isEstablished, "is established twice");
        this.isEstablished = true;
        return;
      case "down":
        check(this.isEstablished, "goes down, and was not up");
        this.isEstablished = false;
        return;
      case "stopped":
        check(this.open.size === 0 && !this.isDialling, "has stopped, and something is open");
        check(this.#driver.armed.size === 0, "has stopped, and something is armed");
        return;
      default:
        return;
    }
  }
}

/** After each step nothing is open, armed or being dialled but what the state knows of. */
export function checkBalance(driver: SessionDriver, open: Iterable<number>, isDialling: boolean): void {
  const { phase } = driver.state;
  same("armed", [...driver.armed.values()].map(timerText), deadlinesOf(phase).map(timerText));
  same(
    "open",
    [...open].map(String),
    connectionsOf(phase).map(({ id }) => String(id)),
  );
  check(isDialling === (phase.at === "opening" && phase.dial.kind === "dialling"), "dials, or does not");
}

function timerText({ timer, connection, at }: Deadline): string {
  return `${timer} ${connection} ${at}`;
}

function same(what: string, real: readonly string[], known: readonly string[]): void {
  const [left, right] = [[...real].sort().join(), [...known].sort().join()];
  check(left === right, `has ${what}: ${left}; and knows of ${right}`);
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the machine ${what}`);
}
