import { includesIpAddress, type IpAddress } from "@steelyard/model/address";
import { type ServiceResource } from "@steelyard/model/resources";
import { contestedAddresses, heldAddresses } from "@steelyard/model/services";
import { contentRequest, type StatedRequest, statedRequest } from "./stated-request.ts";

/**
 * What a Service whose request flips is taken to ask for by an operator that was not there when it was answered: nothing
 * but what it holds. If another one holds that too, the two were sharing it, so the key of that one is in force.
 */
export function heldRequest(service: ServiceResource, all: readonly ServiceResource[]): StatedRequest {
  const held = holdings(service);
  if (held.length === 0) return statedRequest(service);
  const sharings = all
    .filter((other) => other !== service && holdings(other).some((one) => includesIpAddress(held, one)))
    .map((other) => contentRequest(statedRequest(other)));
  return sharings.find(({ text }) => text !== "") ?? contentRequest(statedRequest(service));
}

function holdings(service: ServiceResource): readonly IpAddress[] {
  return [...heldAddresses(service).addresses, ...contestedAddresses(service)];
}
