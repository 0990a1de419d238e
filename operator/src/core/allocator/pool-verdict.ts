import { type IpFamily } from "@steelyard/model/address";
import { type ConfigProblem } from "@steelyard/model/config";
import { type LabelSelector } from "@steelyard/model/foundation";
import { type AddressConflict } from "./holders.ts";
import { type QuarantinedAddress } from "./quarantine.ts";

/** Why a pool gave an address, or why it did not. The messages for users are made from this (explain-outcome.ts). */
export type PoolVerdict =
  | {
      readonly is: "full";
      readonly family: IpFamily;
      readonly held: bigint;
      readonly total: bigint;
      /** Who has an address of it by the same sharing key, and by which rule the Service cannot share it all the same. */
      readonly unshared?: AddressConflict;
      /** Addresses that are kept back because somebody outside the cluster answers for them. */
      readonly quarantined?: readonly QuarantinedAddress[];
    }
  | { readonly is: "lacks-family"; readonly family: IpFamily }
  | { readonly is: "not-automatic" }
  | NotServedVerdict
  | { readonly is: "refused"; readonly problem: ConfigProblem | undefined };

/** The pool is for others. */
export type NotServedVerdict =
  | { readonly is: "other-namespaces"; readonly namespaces: readonly string[] }
  | { readonly is: "other-services"; readonly selectors: readonly LabelSelector[] };

export interface ConsideredPool {
  readonly pool: string;
  readonly verdict: PoolVerdict;
}
