import { formatIpAddress } from "@steelyard/model/address";
import { type Sha256 } from "../election/sha256.ts";
import { type WorkerReport } from "../machines/announcer/types.ts";
import {
  type ServiceStatusClaim,
  serviceStatusName,
  type ServiceStatusOptions,
  type ServiceStatusWrite,
} from "./service-status.ts";
import { type ServiceVerdict } from "./types.ts";

/** What the worker really announces, in the form of ServiceL2Status objects (reference metallb.md, section 4.7). */
export function l2StatusClaims(
  verdicts: readonly ServiceVerdict[],
  report: Pick<WorkerReport, "owned">,
): readonly ServiceStatusClaim[] {
  const owned = new Map(
    report.owned.map(({ address, interfaces }) => [formatIpAddress(address), interfaces]),
  );
  return verdicts.flatMap(({ service, addresses, interfaces }) => {
    const places = addresses.flatMap((address) => owned.get(formatIpAddress(address)) ?? []);
    if (places.length === 0) return [];
    // An empty list says "all interfaces": with an advertisement that names none, that is what was asked for.
    const named = interfaces.length === 0 ? [] : [...new Set(places)].sort().map((name) => ({ name }));
    return [{ service, says: { interfaces: named } }];
  });
}

/**
 * Takes back what a node has written about a Service and cannot take back itself, because it is gone or about to go. The
 * name of the object follows from node and Service, so nobody has to watch the objects of others for that. A node that
 * is there after all, and announces, sees the deletion and writes anew.
 */
export function orphanDeletion(
  service: ServiceVerdict["service"],
  goneNode: string,
  { namespace, nodeName }: Pick<ServiceStatusOptions, "namespace" | "nodeName">,
  deps: { readonly sha256: Sha256 },
): ServiceStatusWrite & { readonly kind: "delete" } {
  return {
    kind: "delete",
    of: "ServiceL2Status",
    namespace,
    name: serviceStatusName("ServiceL2Status", goneNode, service, deps.sha256),
    uid: undefined,
    because: `its node ${goneNode} is gone, and ${nodeName} announces the Service`,
  };
}
