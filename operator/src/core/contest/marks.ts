import { formatIpAddress } from "@steelyard/model/address";
import {
  type Condition,
  ownServiceAnnotations,
  serviceAnnotations,
  type ServiceResource,
} from "@steelyard/model/resources";
import { heldAddresses } from "@steelyard/model/services";
import { type ContestedField } from "./contested-field.ts";
import { fingerprint } from "./fingerprint.ts";

/** What of a Service's status and annotations may bear our handwriting; small, because it is kept for thousands. */
export interface Marks {
  /** Every address the status shows, in canonical text; whose they are is not said. */
  readonly addresses: readonly string[];
  /** Those of our annotations that are there. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Fingerprint of our conditions. */
  readonly conditions: number;
}

/** What a write of ours left behind. */
export interface Written extends Marks {
  /** Ours only: what others show besides is theirs. */
  readonly addresses: readonly string[];
  /** What we took out: to see it again is a rewrite too. */
  readonly withdrawn: readonly string[];
}

/** The annotations on Services that only the operator writes. */
const ownAnnotations = [serviceAnnotations.ipAllocatedFromPool.name, ...Object.values(ownServiceAnnotations)];
const ownConditions = "steelyard.io/";

export function marksOf(service: ServiceResource): Marks {
  return {
    addresses: heldAddresses(service).addresses.map(formatIpAddress),
    annotations: ownAnnotationsOf(service.metadata.annotations ?? {}),
    conditions: conditionsMark(service.status?.conditions ?? []),
  };
}

export function ownAnnotationsOf(
  annotations: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string>> {
  const present = ownAnnotations.flatMap((name): [string, string][] => {
    const value = annotations[name];
    return value === undefined || value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(present);
}

/** Times do not count: nobody has anything from a condition that says the same since another moment. */
export function conditionsMark(conditions: readonly Condition[]): number {
  const own = conditions
    .filter(({ type }) => type.startsWith(ownConditions))
    .map(({ type, status, reason, message }) => JSON.stringify([type, status, reason, message]));
  return fingerprint(own.sort().join());
}

/**
 * What of our last write is missing or changed; undefined = all of it stands. Ports, `ipMode`, the order of entries, and
 * everything others have added are no part of it.
 */
export function findRewritten(written: Written, seen: Marks): ContestedField | undefined {
  const isShown = (address: string): boolean => seen.addresses.includes(address);
  if (!written.addresses.every(isShown) || written.withdrawn.some(isShown)) return { is: "addresses" };
  const name = ownAnnotations.find((one) => written.annotations[one] !== seen.annotations[one]);
  if (name !== undefined) return { is: "annotation", name };
  return written.conditions === seen.conditions ? undefined : { is: "conditions" };
}
