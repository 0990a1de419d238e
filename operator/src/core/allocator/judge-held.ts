import { type IpAddress, type IpFamily } from "@steelyard/model/address";
import { type BuiltConfig, type Pool, poolContaining } from "@steelyard/model/config";
import { type HeldAddresses } from "./address-book.ts";
import { type RequestSource } from "./address-request.ts";
import { type AddressConflict, type ServiceKey } from "./holders.ts";

/** Why a Service has an address no longer. A closed list: `is` labels the metric of address changes. */
export type LossCause =
  | { readonly is: "in-no-pool" | "family-not-served" }
  /** Another Service has a better claim to it, and the two do not share. */
  | { readonly is: "held-by-another"; readonly conflict: AddressConflict }
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
      readonly lost: readonly LostAddress[];
    };

/**
 * Keeps everything that can stay. A held address is not weighed against selectors, autoAssign or a better pool: those
 * decide about new addresses only. It is lost when no pool contains it any more, when no cluster IP of its family is
 * left, or when another Service holds it with whom it cannot be shared (reference metallb.md, sections 3.2 step 8, 3.4
 * and 3.6). Two addresses stay even if an edit has left them in two pools, where MetalLB takes both away.
 */
export function judgeHeld(addresses: readonly IpAddress[], where: HeldCircumstances): HeldJudgement {
  const { servedFamilies, built } = where;
  const disputed = addresses.flatMap((address) => lostToRival(address, where));
  const own = addresses.filter((address) => !disputed.some((lost) => lost.address === address));
  const served = own.filter((address) => servedFamilies.includes(address.family));
  const homeless = served.filter((address) => poolGiving(address, built) === undefined);
  if (homeless.length > 0 && built.refusedPools.size > 0) {
    return { at: "kept-under-fault", addresses: own, homeless, lost: disputed };
  }
  const kept = served.filter((address) => !homeless.includes(address));
  const [home] = kept.flatMap((address) => poolGiving(address, built) ?? []);
  const gone = own.filter((address) => !kept.includes(address)).map((address) => lostToPools(address, where));
  const lost = [...disputed, ...gone];
  return home === undefined ? { at: "nothing", lost } : { at: "kept", pool: home, addresses: kept, lost };
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

function lostToRival(address: IpAddress, { service, held }: HeldCircumstances): readonly LostAddress[] {
  const conflict = held.rivalOf(service, address);
  return conflict === undefined ? [] : [{ address, cause: { is: "held-by-another", conflict } }];
}

function lostToPools(address: IpAddress, { servedFamilies }: HeldCircumstances): LostAddress {
  const is = servedFamilies.includes(address.family) ? "in-no-pool" : "family-not-served";
  return { address, cause: { is } };
}
