/**
 * On a Service, written by the operator: whether somebody answers for its addresses, which the message names one by one;
 * why not, if not.
 */
export const ANNOUNCED_CONDITION = "steelyard.io/Announced";

/** The reason of `ANNOUNCED_CONDITION` when a host that is none of ours answers for an address, so that no agent does. */
export const FOREIGN_HOLDER = "ForeignHolder";

/** The reason of that condition when routers have a route to the address, and the segment has nothing to do with it. */
export const ANNOUNCED_BY_BGP = "Bgp";

export type ConditionStatus = "True" | "False" | "Unknown";

/** metav1.Condition. */
export interface Condition {
  /** In CamelCase, optionally with a DNS prefix: `steelyard.io/Allocated`. One condition per type and object. */
  readonly type: string;
  readonly status: ConditionStatus;
  /** The `metadata.generation` that the condition speaks about. */
  readonly observedGeneration?: number;
  /** RFC 3339. When `status` last changed, not when the rest did. */
  readonly lastTransitionTime: string;
  /** One word in CamelCase for programs. */
  readonly reason: string;
  /** A sentence for people. */
  readonly message: string;
}

/**
 * The list with `next` in it, whose lastTransitionTime is the present moment: it is kept only when the status differs
 * from the condition of that type before. Gives back the very same list when nothing differs, so that a caller can see
 * by identity that there is nothing to write.
 */
export function withCondition(
  existing: readonly Condition[] | undefined,
  next: Condition,
): readonly Condition[] {
  const list = existing ?? [];
  const before = list.find((condition) => condition.type === next.type);
  if (!before) return [...list, { ...next, lastTransitionTime: inSeconds(next.lastTransitionTime) }];
  if (saysTheSame(before, next)) return list;
  const lastTransitionTime =
    before.status === next.status ? before.lastTransitionTime : inSeconds(next.lastTransitionTime);
  return list.map((condition) => (condition === before ? { ...next, lastTransitionTime } : condition));
}

/** The list without that type; the very same list when it was not there. */
export function withoutCondition(existing: readonly Condition[], type: string): readonly Condition[] {
  return existing.some((condition) => condition.type === type)
    ? existing.filter((condition) => condition.type !== type)
    : existing;
}

export function findCondition(
  existing: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return existing?.find((condition) => condition.type === type);
}

function saysTheSame(a: Condition, b: Condition): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  );
}

/** metav1.Time has no fraction: with one, what is read back would differ from what was written. */
function inSeconds(timestamp: string): string {
  return timestamp.replace(/\.[0-9]+/, "");
}
