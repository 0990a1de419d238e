import { type LogSink } from "@steelyard/client";
import { type Clock, type Millis } from "@steelyard/model/foundation";
import { type BgpSessionStateName } from "../../core/machines/bgp-session/types.ts";
import { TokenBuckets } from "../token-buckets.ts";

/** A router that flaps all day must not fill the log: once so many lines are used up, there is one a minute. */
const atOnce = 10;
const betweenLines: Millis = 60_000;

/** What the log says of one peer: sessions that come and go, and why one does not come up, each once. */
export class PeerLog {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #log: LogSink;
  readonly #budget: TokenBuckets;
  #withheld = 0;
  /** The reason that was told last, since the last session. */
  #told: string | undefined;

  constructor(
    fields: Readonly<Record<string, unknown>>,
    deps: { readonly log: LogSink; readonly clock: Clock },
  ) {
    this.#fields = fields;
    this.#log = deps.log;
    this.#budget = new TokenBuckets({ burst: atOnce, refillMs: betweenLines }, deps);
  }

  up(fields: Readonly<Record<string, unknown>>): void {
    this.#told = undefined;
    this.#say("info", { event: "sessionUp", ...fields }, "BGP session established");
  }

  /** `isMeant`: we have ended it ourselves. */
  down(because: string, { isMeant }: { readonly isMeant: boolean }): void {
    this.#told = because;
    this.#say(isMeant ? "info" : "warn", { event: "sessionDown", because }, "BGP session down");
  }

  /** A reason that repeats is no news. */
  failed(because: string): void {
    if (because === this.#told) return;
    this.#told = because;
    this.#say("warn", { event: "sessionFailed", because }, "no BGP session with the router");
  }

  transition(from: BgpSessionStateName, to: BgpSessionStateName, because: string): void {
    this.#log.debug(
      { ...this.#fields, event: "sessionState", from, to, because },
      "BGP session changes state",
    );
  }

  note(event: string, message: string): void {
    this.#say("info", { event }, message);
  }

  #say(level: "info" | "warn", fields: Readonly<Record<string, unknown>>, message: string): void {
    if (!this.#budget.take("")) {
      this.#withheld += 1;
      this.#log.debug({ ...this.#fields, ...fields }, message);
      return;
    }
    const withheld = this.#withheld > 0 ? { withheld: this.#withheld } : {};
    this.#withheld = 0;
    this.#log[level]({ ...this.#fields, ...fields, ...withheld }, message);
  }
}
