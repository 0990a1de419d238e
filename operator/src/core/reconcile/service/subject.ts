import { type IpAddress, parseIpAddress } from "@steelyard/model/address";
import {
  ownServiceAnnotations,
  readAnnotation,
  serviceAnnotations,
  type ServiceResource,
} from "@steelyard/model/resources";
import { contestedAddresses, serviceFamilies, whyNotHandled } from "@steelyard/model/services";
import {
  type AddressSubject,
  type HolderFacts,
  type ServiceKey,
  type Sharing,
  wantedFamilies,
} from "../../allocator/index.ts";
import { allocatedFromPool } from "./ingress.ts";
import { readRequest } from "./read-request.ts";

/** What the allocator wants to know of a Service. */
export function subjectOf(key: ServiceKey, service: ServiceResource): AddressSubject {
  const clusterFamilies = serviceFamilies(service);
  const { ipFamilyPolicy } = service.spec;
  return {
    key,
    applicant: { namespace: service.metadata.namespace ?? "", labels: service.metadata.labels },
    wanted: wantedFamilies({ clusterFamilies, ipFamilyPolicy }),
    servedFamilies: clusterFamilies,
    request: readRequest(service),
    fromPool: allocatedFromPool(service),
    sharing: sharingOf(service),
    // What somebody took out of the status while no operator was there is remembered as well.
    remembered: [...rememberedAddresses(service), ...contestedAddresses(service)],
  };
}

/** An empty key is none: the Service shares with nobody. */
function sharingOf({ metadata, spec }: ServiceResource): Sharing {
  const key = readAnnotation(metadata, serviceAnnotations.allowSharedIp)?.value ?? "";
  const ports = (spec.ports ?? []).map(({ protocol, port }) => `${protocol ?? "TCP"}/${port ?? 0}`);
  return { key: key === "" ? undefined : key, backend: backendOf(spec), ports: ports.sort() };
}

/** Without a selector, too, policy Local is another backend than Cluster: MetalLB takes them for equal (quirk 30). */
function backendOf({ externalTrafficPolicy, selector }: ServiceResource["spec"]): string {
  return externalTrafficPolicy === "Local" ? JSON.stringify(Object.entries(selector ?? {}).sort()) : "";
}

/** What the book has to know of whoever holds an address. */
export function holderFacts(service: ServiceResource, lbClasses: readonly string[]): HolderFacts {
  const why = whyNotHandled(service, lbClasses);
  const sharing = sharingOf(service);
  return {
    // Most Services of a cluster are no load balancers and hold nothing; of them nothing need be kept.
    sharing: why === "not-load-balancer" && sharing.key === undefined ? undefined : sharing,
    // One that is being deleted claims nothing any more: a restored status on it must not cost a living one its address.
    isForeign: why === "other-class" || service.metadata.deletionTimestamp !== undefined,
  };
}

/** Our own note; what somebody else made of it and is no address counts for nothing. */
function rememberedAddresses({ metadata }: ServiceResource): readonly IpAddress[] {
  const list = metadata.annotations?.[ownServiceAnnotations.rememberedAddresses] ?? "";
  return list.split(",").flatMap((text) => {
    const address = parseIpAddress(text.trim());
    return address.ok ? [address.value] : [];
  });
}
