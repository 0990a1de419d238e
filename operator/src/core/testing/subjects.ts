import { type AddressSubject, asksNothing, wantedFamilies } from "../allocator/index.ts";

/** The kinds of Services there are, by their cluster IPs. */
export const familyFacts = {
  v4: { clusterFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" },
  v6: { clusterFamilies: ["IPv6"], ipFamilyPolicy: "SingleStack" },
  prefer: { clusterFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "PreferDualStack" },
  require: { clusterFamilies: ["IPv6", "IPv4"], ipFamilyPolicy: "RequireDualStack" },
} as const;

export type FamilyKind = keyof typeof familyFacts;

/** A Service that asks for nothing in particular and shares with nobody, unless told otherwise. */
export function subjectOf(key: string, kind: FamilyKind, rest: Partial<AddressSubject> = {}): AddressSubject {
  const [namespace = ""] = key.split("/");
  return {
    key,
    applicant: { namespace, labels: {} },
    wanted: wantedFamilies(familyFacts[kind]),
    servedFamilies: familyFacts[kind].clusterFamilies,
    request: asksNothing,
    fromPool: undefined,
    sharing: undefined,
    remembered: [],
    ...rest,
  };
}
