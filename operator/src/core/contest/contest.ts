import { type Instant, type Millis } from "@steelyard/model/foundation";
import { type StatedRequest } from "./stated-request.ts";
import { type ContestState, type Rival } from "./types.ts";

/** What a decision about a Service has to know of those who work against us. */
export interface Contest {
  readonly rewriting: { readonly rival: Rival; readonly writeNotBefore: Instant } | undefined;
  readonly flipping: { readonly rival: Rival; readonly hold: Millis } | undefined;
  /** What the Service is to be taken to ask for; undefined = what it asks for itself. */
  readonly requestInForce: StatedRequest | undefined;
}

/** undefined = nobody works against us. */
export function contestOf({ rewriting, flipping }: ContestState): Contest | undefined {
  if (rewriting.at === "calm" && flipping.at === "calm") return undefined;
  return {
    rewriting: rewriting.at === "contested" ? rewriting : undefined,
    flipping: flipping.at === "contested" ? flipping : undefined,
    requestInForce: flipping.at === "calm" ? undefined : flipping.inForce,
  };
}
