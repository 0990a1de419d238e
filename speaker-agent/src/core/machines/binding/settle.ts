import { type Instant, instantAfter } from "@steelyard/model/foundation";
import { linksToLookAt } from "./kernel-answers.ts";
import { placeKey, placesBound, withoutSettled } from "./presence.ts";
import { tell } from "./telling.ts";
import {
  type BindingEffect,
  type BindingState,
  type BindingStep,
  type BindingTimer,
  type Change,
  LOOK_INTERVAL,
  type Place,
} from "./types.ts";
import { wantedPlaces, wishesOf } from "./wishes.ts";

/**
 * Brings what is bound to the level of the wishes. A second run right after changes nothing. The report comes before the
 * removals: the announcer has to answer again before the kernel ceases to.
 */
export function settle(before: BindingState, now: Instant): BindingStep {
  if (before.links === undefined) return { state: before, effects: [] };
  const state = { ...before, changes: withoutSettled(before, now) };
  const { removals, additions } = plan(state);
  const changes = new Map(state.changes);
  for (const place of removals) changes.set(placeKey(place), asked("remove", place));
  for (const place of additions) changes.set(placeKey(place), asked("add", place));
  const told = tell({ ...state, changes }, removals);
  const looked = lookAround(told.state, now);
  const armed = arm(looked.state, "retry", nextRetry(changes));
  return {
    state: armed.state,
    effects: [
      ...told.effects,
      ...removals.map((place) => ({ kind: "remove", place }) as const),
      ...additions.map((place) => ({ kind: "add", place }) as const),
      ...looked.effects,
      ...armed.effects,
    ],
  };
}

/** What was refused rests until it is forgotten. */
function plan(state: BindingState): { removals: readonly Place[]; additions: readonly Place[] } {
  const wanted = wantedPlaces(state);
  const bound = placesBound(state);
  const isAtRest = ([key]: readonly [string, Place]) => state.changes.get(key)?.at === "refused";
  const missing = (from: ReadonlyMap<string, Place>, others: ReadonlyMap<string, Place>) =>
    [...from].filter((entry) => !others.has(entry[0]) && !isAtRest(entry)).map(([, place]) => place);
  return { removals: missing(bound, wanted), additions: missing(wanted, bound) };
}

function asked(change: Change["change"], place: Place): Change {
  return { change, place, at: "asked", refusal: undefined, retryAt: undefined };
}

function nextRetry(changes: BindingState["changes"]): Instant | undefined {
  return [...changes.values()].flatMap(({ retryAt }) => retryAt ?? []).sort((left, right) => left - right)[0];
}

/** Reads the ARP settings of links that begin to matter, and of all that matter from time to time. */
function lookAround(state: BindingState, now: Instant): BindingStep {
  const matter = linksToLookAt(wishesOf(state), state.links ?? []);
  if (matter.length === 0) return { state, effects: [] };
  const isDue = !state.armed.has("look");
  const unread = isDue ? matter : matter.filter(({ index }) => !state.arpSettings.has(index));
  const effects: BindingEffect[] = [];
  if (unread.length > 0) {
    const links = unread.map(({ index, name }) => ({ index, name }));
    effects.push({ kind: "read-arp-settings", links });
  }
  const armed = isDue ? arm(state, "look", instantAfter(now, LOOK_INTERVAL)) : { state, effects: [] };
  return { state: armed.state, effects: [...effects, ...armed.effects] };
}

function arm(state: BindingState, timer: BindingTimer, at: Instant | undefined): BindingStep {
  if (at === undefined || state.armed.get(timer) === at) return { state, effects: [] };
  return {
    state: { ...state, armed: new Map(state.armed).set(timer, at) },
    effects: [{ kind: "arm", timer, at }],
  };
}
