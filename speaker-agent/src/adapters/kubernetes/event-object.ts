import { type Clock, type Random } from "@steelyard/model/foundation";
import { type ServiceEvent } from "../../core/reporting/service-event.ts";

/** The name MetalLB's speaker records events under (reference metallb.md, section 3.10); dashboards filter by it. */
const component = "metallb-speaker";

/** An Event of the core group about a Service. Its name has to be unique, so part of it is left to chance. */
export function buildEventObject(
  event: ServiceEvent,
  nodeName: string,
  deps: { clock: Clock; random: Random },
) {
  const { namespace, name, uid } = event.service;
  // Event times are in whole seconds on the wire; the API server refuses fractions there.
  const timestamp = deps.clock.timestamp().replace(/\.\d+Z$/, "Z");
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace, name: `${name}.${randomHex(deps.random)}${randomHex(deps.random)}` },
    involvedObject: {
      apiVersion: "v1",
      kind: "Service",
      namespace,
      name,
      ...(uid === undefined ? {} : { uid }),
    },
    type: event.type,
    reason: event.reason,
    message: event.message,
    source: { component, host: nodeName },
    reportingComponent: component,
    reportingInstance: nodeName,
    firstTimestamp: timestamp,
    lastTimestamp: timestamp,
    count: 1,
  };
}

/** Eight hexadecimal digits. */
function randomHex(random: Random): string {
  return Math.floor(random.fraction() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
}
