import { assertNever, type Instant, instantAfter } from "@steelyard/model/foundation";
import { holdersOf, placeKey } from "./presence.ts";
import { settle } from "./settle.ts";
import {
  type Answer,
  type BindingContext,
  type BindingInput,
  type BindingState,
  type BindingStep,
  type Change,
  RETRY_INTERVAL,
  SETTLE_TIME,
} from "./types.ts";

/** The binding machine: see README.md for what it promises. Pure; never throws. */
export function stepBinding(state: BindingState, input: BindingInput, { now }: BindingContext): BindingStep {
  switch (input.kind) {
    case "wishes":
      return settle({ ...state, wishes: input.wishes }, now);
    case "links": {
      const { links } = input;
      const known = { links, holders: holdersOf(links), arpSettings: settingsOf(state, links) };
      return settle({ ...state, ...known }, now);
    }
    case "arp-settings":
      return settle({ ...state, arpSettings: new Map([...state.arpSettings, ...input.settings]) }, now);
    case "answers":
      return settle({ ...state, changes: changesAfter(state.changes, input.answers, now) }, now);
    case "timer": {
      const armed = new Map(state.armed);
      armed.delete(input.timer);
      return settle({ ...state, armed }, now);
    }
    case "stop":
      return settle({ ...state, stopped: true }, now);
    default:
      return assertNever(input);
  }
}

function settingsOf(
  { arpSettings }: BindingState,
  links: Extract<BindingInput, { kind: "links" }>["links"],
): BindingState["arpSettings"] {
  return new Map([...arpSettings].filter(([index]) => links.some((link) => link.index === index)));
}

/** An answer to a change that another has overtaken says nothing any more. */
function changesAfter(
  before: BindingState["changes"],
  answers: readonly Answer[],
  now: Instant,
): BindingState["changes"] {
  const changes = new Map(before);
  for (const { change, place, refusal } of answers) {
    const known = changes.get(placeKey(place));
    if (known?.at === "asked" && known.change === change)
      changes.set(placeKey(place), answered(known, refusal, now));
  }
  return changes;
}

/** What is to be there and is, or is to be gone and is, counts as done. */
const AS_GOOD_AS_DONE: Readonly<Record<Change["change"], readonly string[]>> = {
  add: ["EEXIST"],
  remove: ["EADDRNOTAVAIL", "ENODEV"],
};

function answered(change: Change, refusal: string | undefined, now: Instant): Change {
  if (refusal === undefined || AS_GOOD_AS_DONE[change.change].includes(refusal)) {
    return { ...change, at: "done", refusal: undefined, retryAt: instantAfter(now, SETTLE_TIME) };
  }
  return { ...change, at: "refused", refusal, retryAt: instantAfter(now, RETRY_INTERVAL) };
}
