import { type Random } from "@steelyard/model/foundation";
import { type PlannedEvent } from "../../core/reconcile/index.ts";
import { type ObjectReference } from "../../ports/event-sink.ts";

/** The name MetalLB's controller records events under (reference metallb.md, section 3.10); dashboards filter by it. */
const component = "metallb-controller";
/** Names of objects have 253 characters at most; 17 of them are ours. */
const longestStem = 236;
/** What clients of the events API accept. */
const longestMessage = 1024;

export interface EventCircumstances {
  /** RFC 3339. */
  readonly timestamp: string;
  /** The Pod, or whatever else tells two operators apart. */
  readonly instance: string;
}

/** An Event of the core group. Its name has to be unique, so part of it is left to chance. */
export function buildEventObject(
  object: ObjectReference,
  event: PlannedEvent,
  { timestamp, instance }: EventCircumstances,
  random: Random,
) {
  const time = inSeconds(timestamp);
  const { uid, ...reference } = object;
  const stem = object.name.slice(0, longestStem);
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace: object.namespace, name: `${stem}.${hexDigits(random)}${hexDigits(random)}` },
    involvedObject: { ...reference, ...(uid !== undefined && { uid }) },
    type: event.type,
    reason: event.reason,
    message: shorten(event.message),
    source: { component },
    reportingComponent: component,
    reportingInstance: instance,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** What another event of the same series changes in the one that is stored. */
export function buildEventPatch({ message }: PlannedEvent, count: number, timestamp: string) {
  return { count, lastTimestamp: inSeconds(timestamp), message: shorten(message) };
}

/** Event times are whole seconds on the wire; the API server refuses fractions there. */
function inSeconds(timestamp: string): string {
  return timestamp.replace(/\.\d+Z$/, "Z");
}

function shorten(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 1)}…`;
}

/** Eight hexadecimal digits. */
function hexDigits(random: Random): string {
  return Math.floor(random.fraction() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
}
