import { type Instant } from "@steelyard/model/foundation";
import { ip } from "../../../wire/testing/ip.ts";
import { stepAnnouncer } from "../step.ts";
import { type Link } from "../../../interfaces/link.ts";
import {
  type Announcement,
  type AnnouncerEffect,
  type AnnouncerInput,
  type AnnouncerState,
  initialAnnouncerState,
} from "../types.ts";

export function at(millis: number): Instant {
  return millis as Instant;
}

/** `announce("192.0.2.10", "a,b", "eth0")`; the node of all tests is `a`. */
export function announce(address: string, ranking = "a", interfaces = ""): Announcement {
  const list = (text: string) => (text === "" ? [] : text.split(","));
  return { address: ip(address), ranking: list(ranking), interfaces: list(interfaces) };
}

export function snapshotOf(version: number, ...announcements: Announcement[]): AnnouncerInput {
  return {
    kind: "snapshot",
    snapshot: { version, nodeName: "a", announcements, excludeInterfaces: undefined },
  };
}

export function linksOf(...links: Link[]): AnnouncerInput {
  return { kind: "links", links };
}

/** Steps through inputs at one instant; sockets that are asked for open at once. Gives all effects in order. */
export function drive(
  inputs: readonly AnnouncerInput[],
  from: AnnouncerState = initialAnnouncerState,
  now: Instant = at(0),
): { state: AnnouncerState; effects: readonly AnnouncerEffect[] } {
  let state = from;
  const effects: AnnouncerEffect[] = [];
  const queue = [...inputs];
  for (let input = queue.shift(); input !== undefined; input = queue.shift()) {
    const step = stepAnnouncer(state, input, { now });
    state = step.state;
    effects.push(...step.effects);
    queue.unshift(...step.effects.flatMap(opened));
  }
  return { state, effects };
}

function opened(effect: AnnouncerEffect): readonly AnnouncerInput[] {
  if (effect.kind !== "open-socket") return [];
  const { interfaceIndex, protocol } = effect;
  return [{ kind: "socket-opened", interfaceIndex, protocol }];
}
