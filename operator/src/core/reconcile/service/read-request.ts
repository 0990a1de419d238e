import { compareIpAddresses, type IpAddress, parseIpAddress } from "@steelyard/model/address";
import {
  type AnnotationName,
  readAnnotation,
  serviceAnnotations,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type AddressRequest, asksNothing } from "../../allocator/index.ts";

interface Given {
  readonly value: string;
  /** As the user wrote it, with the place where it stands. */
  readonly source: string;
}

/** An annotation may have 256 KiB, the message of a condition 32. */
const longestQuotation = 200;

/**
 * What the Service asks for. An empty annotation asks for nothing: templates leave such behind. A request that cannot be
 * understood is one all the same: to give any address instead would be to give one that the user did not want.
 */
export function readRequest(service: ServiceResource): AddressRequest {
  const byAnnotation = given(service, serviceAnnotations.loadBalancerIps);
  const bySpec = givenInSpec(service);
  const pool = given(service, serviceAnnotations.addressPool);
  if (byAnnotation !== undefined && bySpec !== undefined) {
    const problem = `${byAnnotation.source} and ${bySpec.source} both ask for an address; keep one of them`;
    return { asks: "malformed", problem, source: byAnnotation.source };
  }
  const addresses = byAnnotation ?? bySpec;
  if (addresses !== undefined) return readAddresses(addresses, pool?.value);
  return pool === undefined ? asksNothing : { asks: "pool", pool: pool.value, source: pool.source };
}

/** The annotations under MetalLB's old prefix that the Service relies on, by their old names. */
export function deprecatedAnnotations({ metadata }: ServiceResource): readonly AnnotationName[] {
  const { loadBalancerIps, addressPool, allowSharedIp } = serviceAnnotations;
  return [loadBalancerIps, addressPool, allowSharedIp].filter(
    (name) => readAnnotation(metadata, name)?.deprecated === true,
  );
}

function given({ metadata }: ServiceResource, annotation: AnnotationName): Given | undefined {
  const found = readAnnotation(metadata, annotation);
  const value = found?.value.trim() ?? "";
  if (found === undefined || value === "") return undefined;
  const name = found.deprecated ? annotation.deprecated : annotation.name;
  return { value, source: `annotation ${name}: ${shorten(value)}` };
}

function givenInSpec({ spec }: ServiceResource): Given | undefined {
  const value = spec.loadBalancerIP?.trim() ?? "";
  return value === "" ? undefined : { value, source: `spec.loadBalancerIP: ${shorten(value)}` };
}

function readAddresses({ value, source }: Given, pool: string | undefined): AddressRequest {
  const malformed = (problem: string): AddressRequest => ({ asks: "malformed", problem, source });
  const addresses: IpAddress[] = [];
  for (const text of value.split(",").map((part) => part.trim())) {
    const address = parseIpAddress(text);
    if (!address.ok) return malformed(address.error.message);
    if (addresses.some(({ family }) => family === address.value.family))
      return malformed(`it asks for two ${address.value.family} addresses; one of each family is possible`);
    addresses.push(address.value);
  }
  // IPv4 first, however it was written: the first address decides which node announces (reference, quirk 13).
  return { asks: "addresses", addresses: addresses.sort(compareIpAddresses), pool, source };
}

function shorten(value: string): string {
  return value.length <= longestQuotation ? value : `${value.slice(0, longestQuotation)}…`;
}
