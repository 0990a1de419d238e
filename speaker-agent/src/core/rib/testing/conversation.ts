import { type Instant } from "@steelyard/model/foundation";
import { initialRibOut, stepRibOut } from "../step.ts";
import {
  type RibMessage,
  type RibOutContext,
  type RibOutEffect,
  type RibOutInput,
  type RibOutState,
} from "../types.ts";
import { Router } from "./router.ts";

/** The outgoing routes of one router, with the router at the other end. */
export class Conversation {
  state: RibOutState = initialRibOut();
  router = new Router();
  now = 1000;
  readonly #options: Omit<RibOutContext, "now">;

  constructor(options: Partial<RibOutContext> = {}) {
    this.#options = { routeDelay: 0, ...options };
  }

  /** Gives back what came of it; what was sent has reached the router. */
  tell(input: RibOutInput): readonly RibOutEffect[] {
    const context = { ...this.#options, now: this.now as Instant };
    const { state, effects } = stepRibOut(this.state, input, context);
    this.state = state;
    if (input.kind === "down" || input.kind === "established") this.router = new Router();
    for (const effect of effects) if (effect.kind === "send") this.router.receive(effect.messages);
    return effects;
  }

  /** The same, and lets everything go out that follows; gives back all messages. */
  flush(input: RibOutInput): readonly RibMessage[] {
    const messages: RibMessage[] = [];
    let effects = this.tell(input);
    while (effects.some(({ kind }) => kind === "send")) {
      messages.push(...effects.flatMap((effect) => (effect.kind === "send" ? effect.messages : [])));
      effects = this.tell({ kind: "writable" });
    }
    return messages;
  }
}
