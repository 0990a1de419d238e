import { type IpFamily } from "@steelyard/model/address";

/** What of a Service decides which families it needs. */
export interface FamilyFacts {
  /** Families of `spec.clusterIPs`, in their order. */
  readonly clusterFamilies: readonly IpFamily[];
  readonly ipFamilyPolicy: string | undefined;
}

export type WantedFamilies =
  | { readonly want: "one"; readonly family: IpFamily }
  /** RequireDualStack: both or it is not satisfied. */
  | { readonly want: "both" }
  /** PreferDualStack: both when one pool offers both, else one of them. */
  | { readonly want: "both-if-possible"; readonly primary: IpFamily; readonly secondary: IpFamily }
  | { readonly want: "nothing"; readonly because: "NoClusterIp" | "NotEnoughClusterIps" };

/**
 * The families a Service can use, which are those of its cluster IPs (reference metallb.md, section 3.3): kube-proxy
 * can only forward to a cluster IP of the same family. Two cluster IPs without a dual-stack policy exist only in the
 * moment of an edit; the first family is what remains of them.
 */
export function wantedFamilies({ clusterFamilies, ipFamilyPolicy }: FamilyFacts): WantedFamilies {
  const [primary, ...others] = clusterFamilies;
  if (primary === undefined) return { want: "nothing", because: "NoClusterIp" };
  const secondary = others.find((family) => family !== primary);
  if (ipFamilyPolicy === "RequireDualStack") {
    return secondary === undefined ? { want: "nothing", because: "NotEnoughClusterIps" } : { want: "both" };
  }
  return secondary !== undefined && ipFamilyPolicy === "PreferDualStack"
    ? { want: "both-if-possible", primary, secondary }
    : { want: "one", family: primary };
}

/** The families that are still to be found for a Service that holds addresses of `present`. */
export function missingFamilies(wanted: WantedFamilies, present: readonly IpFamily[]): readonly IpFamily[] {
  if (wanted.want === "nothing") return [];
  const complete: readonly IpFamily[] = wanted.want === "one" ? [wanted.family] : ["IPv4", "IPv6"];
  return complete.filter((family) => !present.includes(family));
}
