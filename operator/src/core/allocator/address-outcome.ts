import { type IpAddress, type IpFamily } from "@steelyard/model/address";
import { type Pool } from "@steelyard/model/config";
import { type AddressConflict } from "./holders.ts";
import { type RequestSource } from "./address-request.ts";
import { type ConsideredPool, type NotServedVerdict, type PoolVerdict } from "./pool-verdict.ts";

/** Why the Service has what it has. A closed list: `code` is the reason of the condition `steelyard.io/Allocated`. */
export type AddressOutcome =
  | {
      readonly code: "Allocated";
      readonly pool: string;
      /** Addresses that an edit of the pools has left in another one. */
      readonly apart: readonly { readonly address: IpAddress; readonly pool: string }[];
    }
  /** No pool in force contains the homeless ones, but one of the refused pools may be where they are from. */
  | {
      readonly code: "KeptWhilePoolRefused";
      readonly homeless: readonly IpAddress[];
      readonly refusedPools: readonly string[];
    }
  /** One family is held, the other cannot be had from the same pool. */
  | {
      readonly code: "SecondFamilyMissing";
      readonly pool: string;
      readonly family: IpFamily;
      readonly isRequired: boolean;
      readonly verdict: PoolVerdict;
    }
  | PoolsOutcome
  | { readonly code: "NoClusterIp" | "NotEnoughClusterIps" }
  | RequestRefusal;

/** No pool gives what is wanted: each pool considered, with its verdict. */
export interface PoolsOutcome {
  readonly code: "NoPool" | "NoPoolMatches" | "PoolsFull" | "FamilyMissing" | "PoolRefused";
  readonly considered: readonly ConsideredPool[];
  /** The Service named the one pool that was considered; undefined = it asked for none in particular. */
  readonly source?: RequestSource;
}

/** What is asked for cannot be given. It never costs the Service what it holds. */
export type RequestRefusal = { readonly source: RequestSource } & (
  | { readonly code: "RequestMalformed"; readonly problem: string }
  | {
      readonly code: "RequestedFamiliesDiffer";
      readonly requested: readonly IpFamily[];
      readonly served: readonly IpFamily[];
    }
  | {
      readonly code: "RequestedAddressOutsidePools";
      readonly address: IpAddress;
      readonly pools: readonly Pool[];
      readonly refusedPools: readonly string[];
    }
  /** It lies in the pool, but ends in .0 or .255, which the pool leaves out (avoidBuggyIPs). */
  | { readonly code: "RequestedAddressAvoided"; readonly address: IpAddress; readonly pool: string }
  | { readonly code: "RequestedAddressesInTwoPools"; readonly pools: readonly string[] }
  | { readonly code: "RequestedAddressHeld" | "SharingRefused"; readonly conflict: AddressConflict }
  | {
      readonly code: "RequestedAddressNotAllowed";
      readonly address: IpAddress;
      readonly pool: string;
      readonly verdict: NotServedVerdict;
    }
  | { readonly code: "RequestedPoolUnknown"; readonly asked: string; readonly pools: readonly string[] }
  | { readonly code: "RequestedPoolNotAllowed"; readonly pool: string; readonly verdict: NotServedVerdict }
  | {
      readonly code: "RequestedPoolDiffers";
      readonly address: IpAddress;
      readonly pool: string;
      readonly asked: string;
    }
);

/** The one word for many pools: what comes closest to having worked, because that is the smallest thing to mend. */
export function whyNothing(considered: readonly ConsideredPool[]): PoolsOutcome["code"] {
  const has = (is: PoolVerdict["is"]): boolean => considered.some(({ verdict }) => verdict.is === is);
  if (considered.length === 0) return "NoPool";
  if (has("full")) return "PoolsFull";
  if (has("lacks-family")) return "FamilyMissing";
  return has("refused") ? "PoolRefused" : "NoPoolMatches";
}
