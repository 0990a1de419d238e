import { type IpFamily } from "@steelyard/model/address";
import { type ConfigProblem } from "@steelyard/model/config";

/** Why a pool gave an address, or why it did not. The messages for users are made from this (explain-verdict.ts). */
export type PoolVerdict =
  | { readonly is: "offers" }
  | { readonly is: "full"; readonly family: IpFamily; readonly held: bigint; readonly total: bigint }
  | { readonly is: "lacks-family"; readonly family: IpFamily }
  | { readonly is: "not-automatic" }
  | { readonly is: "other-namespaces"; readonly namespaces: readonly string[] }
  | { readonly is: "other-services" }
  | { readonly is: "refused"; readonly problem: ConfigProblem | undefined };

export interface ConsideredPool {
  readonly pool: string;
  readonly verdict: PoolVerdict;
}
