import { formatIpAddress, includesIpAddress, type IpAddress } from "@steelyard/model/address";
import { compareTexts } from "@steelyard/model/foundation";
import { type ServiceKey } from "../allocator/index.ts";
import { type AddressChange, explainCause, listAddresses } from "../reconcile/index.ts";

/** What a Service has at one moment, and what its condition says of it. */
export interface Holding {
  readonly addresses: readonly IpAddress[];
  /** The pool in force that gives the addresses; undefined when none does. */
  readonly pool: string | undefined;
  /** The message of the condition `steelyard.io/Allocated`. */
  readonly message: string;
}

/** One Service before and after an edit. */
export interface HeldBeforeAndAfter {
  readonly service: ServiceKey;
  readonly before: Holding;
  readonly after: Holding;
  /** What the operator takes away or replaces on the way, in that order. */
  readonly changes: readonly AddressChange[];
  /** What the Service lost with a pool earlier and is to get back. */
  readonly remembered: readonly IpAddress[];
  /** The reason of the condition `steelyard.io/Announced` when nobody answers for it now. */
  readonly silentBecause?: string | undefined;
}

/** `waits`: it has nothing and gets nothing. A Service that loses one address and keeps or changes another one loses. */
export type ConsequenceKind = "loses" | "moves" | "gains" | "keeps" | "waits";

/** What an edit does to one Service. */
export interface Consequence {
  readonly service: ServiceKey;
  readonly consequence: ConsequenceKind;
  /** As the status shows them. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly poolBefore: string | undefined;
  readonly poolAfter: string | undefined;
  readonly changes: readonly PlannedChange[];
  /** One clause or several, for a person. */
  readonly reason: string;
}

/** An address that does not stay. */
export interface PlannedChange {
  readonly from: string;
  /** What takes its place; undefined = nothing does. */
  readonly to: string | undefined;
  /** The label `cause` of the metric of address changes, and the clause that explains it. */
  readonly cause: AddressChange["cause"]["is"];
  readonly because: string;
}

/** Sorted by Service. */
export function consequencesOf(services: readonly HeldBeforeAndAfter[]): readonly Consequence[] {
  return services.map(consequenceOf).sort((a, b) => compareTexts(a.service, b.service));
}

function consequenceOf(held: HeldBeforeAndAfter): Consequence {
  const { service, before, after } = held;
  const changes = lastingChanges(held);
  const consequence = kindOf(held, changes);
  return {
    service,
    consequence,
    before: before.addresses.map(formatIpAddress),
    after: after.addresses.map(formatIpAddress),
    poolBefore: before.pool,
    poolAfter: after.pool,
    changes,
    reason: reasonOf(consequence, held, changes),
  };
}

/** What was taken away and did not come back: from the first to the last, whatever lay in between. */
function lastingChanges({ before, after, changes }: HeldBeforeAndAfter): readonly PlannedChange[] {
  const gone = before.addresses.filter((address) => !includesIpAddress(after.addresses, address));
  const added = after.addresses.filter((address) => !includesIpAddress(before.addresses, address));
  return gone.flatMap((from): readonly PlannedChange[] => {
    const change = changes.find((one) => includesIpAddress([one.from], from));
    if (change === undefined) return [];
    const to = added.find(({ family }) => family === from.family);
    return [
      {
        from: formatIpAddress(from),
        to: to && formatIpAddress(to),
        cause: change.cause.is,
        because: explainCause(change.cause, from),
      },
    ];
  });
}

function kindOf({ before, after }: HeldBeforeAndAfter, changes: readonly PlannedChange[]): ConsequenceKind {
  if (changes.some(({ to }) => to === undefined)) return "loses";
  if (changes.length > 0) return "moves";
  if (after.addresses.length > before.addresses.length) return "gains";
  return after.addresses.length > 0 ? "keeps" : "waits";
}

function reasonOf(
  consequence: ConsequenceKind,
  held: HeldBeforeAndAfter,
  changes: readonly PlannedChange[],
): string {
  const { before, after } = held;
  const causes = [...new Set(changes.map(({ because }) => because))];
  switch (consequence) {
    case "loses":
      // Why nothing takes its place, and which edit would help.
      return [...causes, ...silence(held), messageAfter(held)].join("; ");
    case "moves":
      return [
        ...causes,
        ...silence(held),
        ...(after.pool === undefined ? [] : [`the new one is from pool ${after.pool}`]),
      ].join("; ");
    case "gains":
      return messageAfter(held);
    case "keeps":
      return before.pool !== undefined && after.pool !== undefined && before.pool !== after.pool
        ? `pool ${after.pool} contains it now, in place of pool ${before.pool}`
        : after.message;
    case "waits":
      return after.message;
  }
}

/** An address that nobody answers for costs nobody a connection. */
function silence({ silentBecause }: HeldBeforeAndAfter): readonly string[] {
  return silentBecause === undefined ? [] : [`nobody answers for it now anyway (${silentBecause})`];
}

/** The condition is read when all is done and calls everything held "stays"; to the plan some of it is new. */
function messageAfter({ before, after, remembered }: HeldBeforeAndAfter): string {
  const added = after.addresses.filter((address) => !includesIpAddress(before.addresses, address));
  if (added.length === 0) return after.message;
  const all = listAddresses(after.addresses);
  const message = [`${all} stays: `, `${all} stay: `].reduce(
    (text, start) => text.replace(start, `${all}, but `),
    after.message,
  );
  return added
    .filter((address) => includesIpAddress(remembered, address))
    .map(formatIpAddress)
    .reduce((text, address) => text.replace(address, `${address} (which it had before)`), message);
}
