import { includesIpAddress, type IpAddress, type IpFamily } from "@steelyard/model/address";
import { type BuiltConfig, faultyHomes, type Pool, poolContaining } from "@steelyard/model/config";
import { type HeldAddresses } from "./address-book.ts";
import { type RequestSource } from "./address-request.ts";
import { type AddressConflict, type ServiceKey } from "./holders.ts";
import { type Quarantine } from "./quarantine.ts";

/** Why a Service has an address no longer. A closed list: `is` labels the metric of address changes. */
export type LossCause =
  | { readonly is: "in-no-pool" | "family-not-served" }
  /** Somebody wrote it into the status beside the one of its family that the Service holds. */
  | { readonly is: "surplus" }
  /** Another Service has a better claim to it, and the two do not share. */
  | { readonly is: "held-by-another"; readonly conflict: AddressConflict }
  /** Somebody outside the cluster answers for it, no agent announces it, and there is another one. */
  | { readonly is: "quarantined"; readonly quarantine: Quarantine }
  /** The Service asks for another one, and gets it. */
  | { readonly is: "request"; readonly source: RequestSource };

export interface LostAddress {
  readonly address: IpAddress;
  readonly cause: LossCause;
}

/** Whose addresses are judged, and in the light of what. */
export interface HeldCircumstances {
  readonly service: ServiceKey;
  /** Families of the Service's cluster IPs. */
  readonly servedFamilies: readonly IpFamily[];
  /** The pool that the Service's annotation names. */
  readonly fromPool: string | undefined;
  readonly built: BuiltConfig;
  readonly held: HeldAddresses;
}

/** What becomes of the addresses a Service holds already. */
export type HeldJudgement =
  | { readonly at: "nothing"; readonly lost: readonly LostAddress[] }
  | {
      readonly at: "kept";
      /** Of the first address, as a rule of all. */
      readonly pool: Pool;
      readonly addresses: readonly IpAddress[];
      readonly lost: readonly LostAddress[];
    }
  /** No pool in force contains them, but one that might is refused for a fault: a fault takes nothing away. */
  | {
      readonly at: "kept-under-fault";
      readonly addresses: readonly IpAddress[];
      /** Those of them that no pool in force contains. */
      readonly homeless: readonly IpAddress[];
      /** The pools that may. */
      readonly refusedPools: readonly string[];
      readonly lost: readonly LostAddress[];
    };

/**
 * Keeps everything that can stay. A held address is not weighed against selectors, autoAssign or a better pool: those
 * decide about new addresses only. It is lost when no pool contains it any more, when no cluster IP of its family is
 * left, or when another Service holds it with whom it cannot be shared (reference metallb.md, sections 3.2 step 8, 3.4
 * and 3.6). Two addresses stay even if an edit has left them in two pools, where MetalLB takes both away.
 */
export function judgeHeld(addresses: readonly IpAddress[], where: HeldCircumstances): HeldJudgement {
  const { built } = where;
  const lost: LostAddress[] = [];
  const standing = addresses.filter((address) => {
    const cause = whyLost(address, where);
    if (cause !== undefined) lost.push({ address, cause });
    return cause === undefined;
  });
  const kept = standing.filter((address) => bestOfFamily(address.family, standing, where) === address);
  const surplus = standing.filter((address) => !kept.includes(address));
  lost.push(...surplus.map((address) => ({ address, cause: { is: "surplus" } as const })));
  const homeless = kept.filter((address) => poolGiving(address, built) === undefined);
  if (homeless.length > 0) {
    const pools = new Set(homeless.flatMap((address) => faultyHomes(address, built, where.fromPool)));
    return { at: "kept-under-fault", addresses: kept, homeless, refusedPools: [...pools].sort(), lost };
  }
  const [home] = kept.flatMap((address) => poolGiving(address, built) ?? []);
  return home === undefined ? { at: "nothing", lost } : { at: "kept", pool: home, addresses: kept, lost };
}

function whyLost(
  address: IpAddress,
  { service, servedFamilies, fromPool, built, held }: HeldCircumstances,
): LossCause | undefined {
  const conflict = held.rivalOf(service, address);
  if (conflict !== undefined) return { is: "held-by-another", conflict };
  if (!servedFamilies.includes(address.family)) return { is: "family-not-served" };
  const mayHaveHome =
    poolGiving(address, built) !== undefined || faultyHomes(address, built, fromPool).length > 0;
  return mayHaveHome ? undefined : { is: "in-no-pool" };
}

/**
 * A Service has one address of a family. When somebody has written another one into its status, it is the one that was
 * decided, else one that a pool in force gives, else the first.
 */
function bestOfFamily(
  family: IpFamily,
  standing: readonly IpAddress[],
  { service, built, held }: HeldCircumstances,
): IpAddress | undefined {
  const candidates = standing.filter((address) => address.family === family);
  if (candidates.length < 2) return candidates[0];
  const reserved = held.reservedFor(service);
  return (
    candidates.find((address) => includesIpAddress(reserved, address)) ??
    candidates.find((address) => poolGiving(address, built) !== undefined) ??
    candidates[0]
  );
}

/** What stays with the Service, in its order. */
export function keptAddresses(judgement: HeldJudgement): readonly IpAddress[] {
  return judgement.at === "nothing" ? [] : judgement.addresses;
}

/** The pool in force that gives the address out, or would; not one that leaves it out because of avoidBuggyIPs. */
export function poolGiving(address: IpAddress, { config }: BuiltConfig): Pool | undefined {
  const pool = poolContaining(config, address);
  return pool?.addresses.has(address) === true ? pool : undefined;
}
