import type { LogSink } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { type Clock, type Instant, type Millis } from "@steelyard/model/foundation";
import { type DecodeError } from "../core/wire/decode-error.ts";
import { type GossipEndpoint } from "../core/wire/gossip/messages.ts";

/** Anybody can send what we cannot read, as fast as he likes. */
const PAUSE: Millis = 60_000;

/** Says in the log what came and could not be read: one line a minute, with how many there were. */
export class UnreadableLog {
  readonly #deps: { readonly clock: Clock; readonly log: LogSink };
  #count = 0;
  #quietUntil: Instant | undefined;

  constructor(deps: { readonly clock: Clock; readonly log: LogSink }) {
    this.#deps = deps;
  }

  note({ address }: GossipEndpoint, error: DecodeError): void {
    const { clock, log } = this.#deps;
    this.#count += 1;
    if (this.#quietUntil !== undefined && clock.now() < this.#quietUntil) return;
    log.warn(
      { from: formatIpAddress(address), because: error.message, count: this.#count },
      "gossip that could not be read was dropped",
    );
    this.#count = 0;
    this.#quietUntil = (clock.now() + PAUSE) as Instant;
  }
}
