import { parseIpAddress, sameIpAddress, type IpAddress, type IpFamily } from "../address/index.ts";
import { type LoadBalancerIngress, ownServiceAnnotations, type ServiceResource } from "../resources/index.ts";

/**
 * The families a Service can take addresses of, its primary family first: those of its cluster IPs. Empty for a
 * headless Service, and for one whose cluster IPs are not assigned yet.
 */
export function serviceFamilies(service: ServiceResource): readonly IpFamily[] {
  const { clusterIPs, clusterIP } = service.spec;
  const texts = clusterIPs && clusterIPs.length > 0 ? clusterIPs : [clusterIP ?? ""];
  const families = texts.map(parseIpAddress).flatMap((address) => (address.ok ? [address.value.family] : []));
  return [...new Set(families)];
}

export interface HeldAddresses {
  /** In the order of the status; the first one decides who announces (reference metallb.md, section 4.2). */
  readonly addresses: readonly IpAddress[];
  /** Texts in `ingress[].ip` that are no addresses: somebody else wrote this status. */
  readonly unparsable: readonly string[];
}

/** Objects of the cluster are never changed: what was read of a list once is true as long as the list is there. */
const read = new WeakMap<readonly LoadBalancerIngress[], HeldAddresses>();
const none: HeldAddresses = { addresses: [], unparsable: [] };

/** What `status.loadBalancer.ingress` says the Service has. Entries with a host name only are passed over. */
export function heldAddresses({ status }: ServiceResource): HeldAddresses {
  const ingress = status?.loadBalancer?.ingress;
  if (ingress === undefined || ingress.length === 0) return none;
  const known = read.get(ingress) ?? readAddresses(ingress);
  read.set(ingress, known);
  return known;
}

function readAddresses(ingress: readonly LoadBalancerIngress[]): HeldAddresses {
  const addresses: IpAddress[] = [];
  const unparsable: string[] = [];
  for (const { ip } of ingress) {
    if (ip === undefined || ip === "") continue;
    const address = parseIpAddress(ip);
    if (!address.ok) unparsable.push(ip);
    else if (!addresses.some((known) => sameIpAddress(known, address.value))) addresses.push(address.value);
  }
  // A list that was pushed to has room for sixteen more, for as long as it is kept.
  return { addresses: addresses.slice(), unparsable: unparsable.length === 0 ? none.unparsable : unparsable };
}

/**
 * What the operator notes that the Service holds while another controller keeps taking it out of the status. The note
 * is not worth as much as a status: whoever may edit a Service can write an annotation. What in it is no address counts
 * for nothing.
 */
export function contestedAddresses({ metadata }: ServiceResource): readonly IpAddress[] {
  const note = metadata.annotations?.[ownServiceAnnotations.contestedAddresses];
  if (note === undefined) return [];
  return note
    .split(",")
    .map((text) => parseIpAddress(text.trim()))
    .flatMap((address) => (address.ok ? [address.value] : []));
}
