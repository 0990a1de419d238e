import { formatIpAddress } from "@steelyard/model/address";
import { type Standing, type Standings } from "./standing.ts";

/** Something about a Service that `kubectl describe` shows. */
export interface ServiceEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: "nodeAssigned" | "announceFailed";
  readonly message: string;
  readonly service: Standing["service"];
}

/**
 * The events that lie between two states of the world (reference metallb.md, section 3.10): `nodeAssigned` when this node
 * begins to announce an address it did not announce before, `announceFailed` when it is to announce one but cannot.
 * Nothing when nothing changed, and nothing for a withdrawal: the node that takes over says so.
 */
export function planServiceEvents(
  before: Standings,
  now: Standings,
  nodeName: string,
): readonly ServiceEvent[] {
  return [...now].flatMap(([key, standing]) => {
    const previous = before.get(key);
    const same = previous?.service.uid === standing.service.uid ? previous : undefined;
    return [...assigned(same, standing, nodeName), ...failed(same, standing, nodeName)];
  });
}

function assigned(before: Standing | undefined, now: Standing, nodeName: string): readonly ServiceEvent[] {
  const known = new Set(before?.announced.map(({ address }) => formatIpAddress(address)));
  if (now.announced.every(({ address }) => known.has(formatIpAddress(address)))) return [];
  // Programs read the node out of the quotes: MetalLB's own tests do.
  const message = `announcing from node "${nodeName}" with protocol "layer2"`;
  return [{ type: "Normal", reason: "nodeAssigned", message, service: now.service }];
}

function failed(before: Standing | undefined, now: Standing, nodeName: string): readonly ServiceEvent[] {
  const said = new Set(before?.failed.map(describeFailure));
  return now.failed
    .map(describeFailure)
    .filter((failure) => !said.has(failure))
    .map((failure) => ({
      type: "Warning",
      reason: "announceFailed",
      message: `node "${nodeName}" cannot announce ${failure}`,
      service: now.service,
    }));
}

function describeFailure({ address, because }: Standing["failed"][number]): string {
  return `${formatIpAddress(address)}: ${because}`;
}
