import { type RawAttribute } from "./attribute-list.ts";
import {
  ATTRIBUTE,
  FLAG_OPTIONAL,
  OPTIONAL_NON_TRANSITIVE,
  OPTIONAL_TRANSITIVE,
  WELL_KNOWN,
} from "./attribute-types.ts";
import { type BgpRepair } from "./messages.ts";
import { UPDATE_ERROR } from "./notification-codes.ts";

/** A fault that RFC 7606 lets pass, with what RFC 4271, section 6.3, says of it where it cannot. */
export interface AttributeFault extends BgpRepair {
  readonly subcode: number;
  readonly data: Uint8Array;
}

interface Rule {
  readonly name: string;
  readonly flags: number;
  readonly isLength: (length: number) => boolean;
  /** What a length that is wrong deserves (RFC 7606, section 7). */
  readonly fault: BgpRepair["how"];
}

const any = (): boolean => true;
const exactly =
  (...lengths: readonly number[]) =>
  (length: number): boolean =>
    lengths.includes(length);
const someOf =
  (unit: number) =>
  (length: number): boolean =>
    length > 0 && length % unit === 0;

/** Section 7 of RFC 7606; of RFC 8092 section 6, of RFC 6793 section 6. MP_REACH and MP_UNREACH are decoded to be checked. */
const RULES: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  [ATTRIBUTE.origin, rule("ORIGIN", WELL_KNOWN, exactly(1))],
  [ATTRIBUTE.asPath, rule("AS_PATH", WELL_KNOWN, any)],
  [ATTRIBUTE.nextHop, rule("NEXT_HOP", WELL_KNOWN, exactly(4))],
  [ATTRIBUTE.multiExitDisc, rule("MULTI_EXIT_DISC", OPTIONAL_NON_TRANSITIVE, exactly(4))],
  [ATTRIBUTE.localPref, rule("LOCAL_PREF", WELL_KNOWN, exactly(4))],
  [ATTRIBUTE.atomicAggregate, rule("ATOMIC_AGGREGATE", WELL_KNOWN, exactly(0), "attribute-discard")],
  [ATTRIBUTE.aggregator, rule("AGGREGATOR", OPTIONAL_TRANSITIVE, exactly(6, 8), "attribute-discard")],
  [ATTRIBUTE.communities, rule("COMMUNITIES", OPTIONAL_TRANSITIVE, someOf(4))],
  [ATTRIBUTE.originatorId, rule("ORIGINATOR_ID", OPTIONAL_NON_TRANSITIVE, exactly(4))],
  [ATTRIBUTE.clusterList, rule("CLUSTER_LIST", OPTIONAL_NON_TRANSITIVE, someOf(4))],
  [ATTRIBUTE.mpReach, rule("MP_REACH_NLRI", OPTIONAL_NON_TRANSITIVE, any)],
  [ATTRIBUTE.mpUnreach, rule("MP_UNREACH_NLRI", OPTIONAL_NON_TRANSITIVE, any)],
  [ATTRIBUTE.extendedCommunities, rule("EXTENDED_COMMUNITIES", OPTIONAL_TRANSITIVE, someOf(8))],
  [ATTRIBUTE.as4Path, rule("AS4_PATH", OPTIONAL_TRANSITIVE, any, "attribute-discard")],
  [ATTRIBUTE.as4Aggregator, rule("AS4_AGGREGATOR", OPTIONAL_TRANSITIVE, exactly(8), "attribute-discard")],
  [ATTRIBUTE.ipv6ExtendedCommunities, rule("IPv6 extended communities", OPTIONAL_TRANSITIVE, someOf(20))],
  [ATTRIBUTE.largeCommunities, rule("LARGE_COMMUNITY", OPTIONAL_TRANSITIVE, someOf(12))],
]);

/** What an attribute deserves by its flags and its length alone; undefined = nothing is wrong, or it is unknown. */
export function headFault({ type, flags, value, whole }: RawAttribute): AttributeFault | undefined {
  const known = RULES.get(type);
  if (known === undefined) return undefined;
  if ((flags & OPTIONAL_TRANSITIVE) !== known.flags) {
    const because = `the flags of ${known.name} are wrong`;
    return { how: "treat-as-withdraw", because, subcode: UPDATE_ERROR.attributeFlags, data: whole };
  }
  if (known.isLength(value.length)) return undefined;
  const because = `${value.length} bytes is no length of ${known.name}`;
  return { how: known.fault, because, subcode: UPDATE_ERROR.attributeLength, data: whole };
}

/** As people know it. */
export function attributeName(type: number): string {
  return RULES.get(type)?.name ?? `path attribute ${type}`;
}

/** Whether everybody has to know the attribute, and we do not (RFC 4271, section 6.3). */
export function isUnknownWellKnown({ type, flags }: RawAttribute): boolean {
  return !RULES.has(type) && (flags & FLAG_OPTIONAL) === 0;
}

function rule(
  name: string,
  flags: number,
  isLength: Rule["isLength"],
  fault: Rule["fault"] = "treat-as-withdraw",
): Rule {
  return { name, flags, isLength, fault };
}
