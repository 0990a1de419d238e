import { type Instant, type Random } from "@steelyard/model/foundation";
import { ip } from "../../../wire/testing/ip.ts";
import { stepAnnouncer } from "../step.ts";
import { type Link } from "../../../interfaces/link.ts";
import {
  type AnnouncerConfig,
  type AnnouncerEffect,
  type AnnouncerInput,
  type AnnouncerState,
  initialAnnouncerState,
  type OwnAnnouncement,
} from "../types.ts";

/** The name hash of node x is eight times x; of reminders only tests that ask for them hear. */
export const config: AnnouncerConfig = { nameHash: hashOf("a"), refreshInterval: 0 };
export const random: Random = { fraction: () => 0.5 };

export function hashOf(node: string): Uint8Array {
  return new Uint8Array(8).fill(node.charCodeAt(0));
}

export function at(millis: number): Instant {
  return millis as Instant;
}

/** `announce("192.0.2.10", { interfaces: "eth0,eth1" })`, unasked unless told otherwise. */
export function announce(
  address: string,
  {
    interfaces = "",
    epoch = 1,
    probe = false,
  }: { interfaces?: string; epoch?: number; probe?: boolean } = {},
): OwnAnnouncement {
  return { address: ip(address), interfaces: interfaces === "" ? [] : interfaces.split(","), epoch, probe };
}

/** The node of all tests is `a`. */
export function snapshotOf(version: number, ...announcements: OwnAnnouncement[]): AnnouncerInput {
  return {
    kind: "snapshot",
    snapshot: { version, nodeName: "a", announcements, probeOnly: [], excludeInterfaces: undefined },
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
    const step = stepAnnouncer(state, input, { now, random, config });
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
