import { formatIpAddress, includesIpAddress } from "@steelyard/model/address";
import { type ServiceResource } from "@steelyard/model/resources";
import { heldAddresses } from "@steelyard/model/services";
import { conditionsMark, ownAnnotationsOf, type Written } from "../../contest/index.ts";
import { type ServicePlan } from "./plan-service.ts";
import { conditionsOf, ingressOf, type ServiceStatusPatch } from "./status-patch.ts";

/** What of ours a Service bears once the plan's patch is written: what somebody else can undo. */
export function writtenMarks(
  service: ServiceResource,
  { reserve }: Pick<ServicePlan, "reserve">,
  { metadata, status }: ServiceStatusPatch,
): Written {
  const { loadBalancer, conditions = conditionsOf(service) } = status;
  const ingress = loadBalancer === undefined ? ingressOf(service) : (loadBalancer.ingress ?? []);
  const left = heldAddresses({ ...service, status: { loadBalancer: { ingress } } }).addresses;
  const withdrawn = heldAddresses(service).addresses.filter((address) => !includesIpAddress(left, address));
  return {
    addresses: reserve.map(formatIpAddress),
    withdrawn: withdrawn.map(formatIpAddress),
    annotations: ownAnnotationsOf({ ...service.metadata.annotations, ...metadata.annotations }),
    conditions: conditionsMark(conditions ?? []),
  };
}
