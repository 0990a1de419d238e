import { formatIpAddress } from "@steelyard/model/address";
import { type Standing, type Standings } from "./standing.ts";

/** Something about a Service that `kubectl describe` shows. */
export interface ServiceEvent {
  readonly type: "Normal" | "Warning";
  readonly reason:
    "nodeAssigned" | "announceFailed" | "AddressHeldByForeignHost" | "AddressConflict" | "ExclusionSuspended";
  readonly message: string;
  readonly service: Standing["service"];
}

/**
 * The events that lie between two states of the world (reference metallb.md, section 3.10): `nodeAssigned` when this node
 * begins to announce an address it did not announce before, `announceFailed` when it is to announce one but cannot, and
 * what MetalLB does not notice: strangers on the segment, and nodes that announce because nobody else is left. Nothing
 * when nothing changed, and nothing for a withdrawal: the node that takes over says so.
 */
export function planServiceEvents(
  before: Standings,
  now: Standings,
  nodeName: string,
  protocol: "layer2" | "bgp" = "layer2",
): readonly ServiceEvent[] {
  return [...now].flatMap(([key, standing]) => {
    const previous = before.get(key);
    const same = previous?.service.uid === standing.service.uid ? previous : undefined;
    return [...assigned(same, standing, nodeName, protocol), ...warnings(same, standing, nodeName)];
  });
}

function assigned(
  before: Standing | undefined,
  now: Standing,
  nodeName: string,
  protocol: string,
): readonly ServiceEvent[] {
  const known = new Set(before?.announced.map(({ address }) => formatIpAddress(address)));
  if (now.announced.every(({ address }) => known.has(formatIpAddress(address)))) return [];
  // Programs read the node out of the quotes: MetalLB's own tests do.
  const message = `announcing from node "${nodeName}" with protocol "${protocol}"`;
  return [{ type: "Normal", reason: "nodeAssigned", message, service: now.service }];
}

/** Those that were not true before, word for word. */
function warnings(before: Standing | undefined, now: Standing, nodeName: string): readonly ServiceEvent[] {
  const said = new Set(before && warningsOf(before, nodeName).map(({ message }) => message));
  return warningsOf(now, nodeName).filter(({ message }) => !said.has(message));
}

function warningsOf(standing: Standing, nodeName: string): readonly ServiceEvent[] {
  const { service, failed, held, defended, suspended } = standing;
  const warn = (reason: ServiceEvent["reason"], message: string): ServiceEvent => {
    return { type: "Warning", reason, message, service };
  };
  return [
    ...failed.map(({ address, because }) => {
      return warn(
        "announceFailed",
        `node "${nodeName}" cannot announce ${formatIpAddress(address)}: ${because}`,
      );
    }),
    ...held.map(({ address, mac }) => {
      const text = formatIpAddress(address);
      const message = `node "${nodeName}" does not announce ${text}: the host with MAC ${mac} answers for it`;
      return warn("AddressHeldByForeignHost", message);
    }),
    ...defended.map(({ address, mac }) => {
      const text = formatIpAddress(address);
      const message = `the host with MAC ${mac} claims ${text}, which node "${nodeName}" announces and has defended`;
      return warn("AddressConflict", message);
    }),
    ...(suspended === undefined
      ? []
      : [warn("ExclusionSuspended", `announced from node "${nodeName}" against a rule: ${suspended}`)]),
  ];
}
