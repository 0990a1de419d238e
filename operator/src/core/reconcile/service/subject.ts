import { readAnnotation, serviceAnnotations, type ServiceResource } from "@steelyard/model/resources";
import { serviceFamilies } from "@steelyard/model/services";
import { type AddressSubject, type ServiceKey, wantedFamilies } from "../../allocator/index.ts";

/** What the allocator wants to know of a Service. */
export function subjectOf(key: ServiceKey, service: ServiceResource): AddressSubject {
  const clusterFamilies = serviceFamilies(service);
  const { ipFamilyPolicy } = service.spec;
  return {
    key,
    applicant: { namespace: service.metadata.namespace ?? "", labels: service.metadata.labels },
    wanted: wantedFamilies({ clusterFamilies, ipFamilyPolicy }),
    servedFamilies: clusterFamilies,
    request: requestOf(service),
  };
}

/**
 * What in the Service asks for a certain address or pool, as the user wrote it; undefined = nothing does. An empty
 * annotation asks for nothing: templates leave such behind.
 */
function requestOf({ metadata, spec }: ServiceResource): string | undefined {
  const { addressPool, loadBalancerIps } = serviceAnnotations;
  for (const annotation of [loadBalancerIps, addressPool]) {
    const given = readAnnotation(metadata, annotation);
    if (given === undefined || given.value.trim() === "") continue;
    return `annotation ${given.deprecated ? annotation.deprecated : annotation.name}: ${given.value}`;
  }
  const { loadBalancerIP } = spec;
  return loadBalancerIP === undefined || loadBalancerIP === ""
    ? undefined
    : `spec.loadBalancerIP: ${loadBalancerIP}`;
}
