import {
  formatIpAddress,
  includesIpAddress,
  type IpAddress,
  parseIpAddress,
  sameIpAddress,
} from "@steelyard/model/address";
import { type BuiltConfig } from "@steelyard/model/config";
import {
  type LoadBalancerIngress,
  serviceAnnotations,
  type ServiceResource,
} from "@steelyard/model/resources";
import { heldAddresses, whyNotHandled } from "@steelyard/model/services";
import { type HeldAddresses, poolGiving, type ServiceKey } from "../../allocator/index.ts";

/**
 * Which addresses of a status the book has to know: of a Service of ours, and of one that was ours, those that are ours
 * to manage; of a Service of another class all of them, because what somebody else uses must not be given out.
 */
export function addressesToObserve(
  key: ServiceKey,
  service: ServiceResource,
  situation: {
    readonly built: BuiltConfig;
    readonly held: HeldAddresses;
    readonly lbClasses: readonly string[];
  },
): readonly IpAddress[] {
  return whyNotHandled(service, situation.lbClasses) === "other-class"
    ? heldAddresses(service).addresses
    : ownAddresses(key, service, situation.built, situation.held);
}

/**
 * Others write into a status too (host names, node addresses of a rival), and what they wrote must survive us
 * (users.md, section 2.3). Ours is an address
 *
 * * that a pool gives out, whoever wrote it: a MetalLB that was here before us, for example;
 * * that we know to have given to this Service, though no pool contains it by now;
 * * that lies in no pool when our annotation says we gave one and no other of its family is there to be it.
 */
function ownAddresses(
  key: ServiceKey,
  service: ServiceResource,
  built: BuiltConfig,
  held: HeldAddresses,
): readonly IpAddress[] {
  const { addresses } = heldAddresses(service);
  const pooled = addresses.filter((address) => poolGiving(address, built) !== undefined);
  const known = [...held.observedFor(key), ...held.reservedFor(key)];
  const isMarked = allocatedFromPool(service) !== undefined;
  return addresses.filter(
    (address) =>
      includesIpAddress(pooled, address) ||
      includesIpAddress(known, address) ||
      (isMarked && !pooled.some(({ family }) => family === address.family)),
  );
}

/**
 * The ingress list with our part replaced: entries of addresses that stay and entries of others keep their place and
 * everything in them (ipMode, ports); new addresses follow the ones we have.
 */
export function nextIngress(
  existing: readonly LoadBalancerIngress[],
  own: readonly IpAddress[],
  wanted: readonly IpAddress[],
): readonly LoadBalancerIngress[] {
  const present = existing.map(({ ip }) => ip).map(addressOrUndefined);
  const stays = existing.filter((_, index) => {
    const address = present[index];
    return address === undefined || !includesIpAddress(own, address) || includesIpAddress(wanted, address);
  });
  const added = wanted.filter(
    (address) => !present.some((one) => one !== undefined && sameIpAddress(one, address)),
  );
  if (added.length === 0) return stays.length === existing.length ? existing : stays;
  const isOwn = ({ ip }: LoadBalancerIngress): boolean => {
    const address = addressOrUndefined(ip);
    return address !== undefined && includesIpAddress(wanted, address);
  };
  const position = stays.findLastIndex(isOwn) + 1;
  const entries = added.map((address) => ({ ip: formatIpAddress(address) }));
  return [...stays.slice(0, position), ...entries, ...stays.slice(position)];
}

/** The pool our annotation names; undefined = we never gave this Service an address, or it is cleared. */
export function allocatedFromPool({ metadata }: ServiceResource): string | undefined {
  return metadata.annotations?.[serviceAnnotations.ipAllocatedFromPool.name];
}

function addressOrUndefined(text: string | undefined): IpAddress | undefined {
  const address = parseIpAddress(text ?? "");
  return address.ok ? address.value : undefined;
}
