import { formatIpAddress } from "@steelyard/model/address";
import { type BuiltConfig } from "@steelyard/model/config";
import { type ServiceResource } from "@steelyard/model/resources";
import { type History } from "./history.ts";
import { overlapping } from "./pool-forms.ts";
import { configNamespace } from "./replica.ts";
import {
  configurationOf,
  couldBeServed,
  couldHave,
  everyAddressOf,
  isOurs,
  keyOf,
  mayShare,
  missingSecondAddress,
  requestedAddresses,
  shown,
  uidOf,
} from "./rules.ts";
import { type Loss, type ToldEvent, type Witness } from "./witness.ts";

/** Writes that one change may cost a Service: what is due, and what it takes to notice that it was not carried out. */
const writesPerChange = 2;

/** Holds the cluster, in which nothing is left to do, against the invariants, and clears the witness's notes. */
export function judgeRest(history: History): readonly string[] {
  const { cluster, witness } = history;
  const services = cluster.services.list();
  const built = configurationOf(cluster.pools.list());
  const broken = [
    ...sharedWrongly(services),
    ...toldOtherwise(witness),
    ...countedOtherwise(history),
    ...writtenTooOften(witness),
    ...overtaken(services, witness),
    // Of a pool with a fault an earlier form may be in force, and that is nowhere to be seen.
    ...(built.refusedPools.size > 0 ? [] : [...miscounted(history, built), ...left(services, built)]),
  ];
  witness.waiting = new Map(services.filter(isWaiting).map((service) => [uidOf(service), wishOf(service)]));
  witness.known = new Set(services.map(uidOf));
  witness.edited.clear();
  witness.reworded.clear();
  witness.writes.clear();
  witness.changes = 0;
  witness.losses.length = 0;
  witness.events.length = 0;
  return broken;
}

/** Invariant 1. One that is being deleted is left as it is, even if an edit has turned it against those it shared with. */
function sharedWrongly(services: readonly ServiceResource[]): readonly string[] {
  const ours = services.filter((one) => isOurs(one) && one.metadata.deletionTimestamp === undefined);
  return ours.flatMap((service, index) =>
    ours
      .slice(index + 1)
      .filter((other) => !mayShare(service, other))
      .flatMap((other) => shown(service).filter((address) => shown(other).includes(address)))
      .map((address) => `1: ${keyOf(service)} and another have ${address}`),
  );
}

const causeTexts = {
  "in-no-pool": "no IPAddressPool gives it out any more",
  "family-not-served": "the Service has no IPv[46] cluster IP",
  "held-by-another": "it is held by ",
  surplus: "somebody wrote it beside the IPv[46] address of the Service",
  request: "the Service asks for another",
} as const;

/** What an event says of losses: `192.0.2.1 in-no-pool`. */
function toldLosses({ message }: ToldEvent): readonly string[] {
  return Object.entries(causeTexts).flatMap(([cause, text]) => {
    const pattern = new RegExp(`(\\S+) (?:is taken away|becomes \\S+): ${text}`, "g");
    return [...message.matchAll(pattern)].map(([, address]) => `${address} ${cause}`);
  });
}

/** Invariant 2: one event for each loss of what a Service had, with its address and a cause that there is. */
function toldOtherwise(witness: Witness): readonly string[] {
  const { losses } = witness;
  const told = witness.events.filter(({ reason }) => reason === "ClearAssignment");
  const broken: string[] = [];
  const unmatched = [...losses];
  for (const event of told) {
    const index = unmatched.findIndex((loss) => isAbout(event, loss));
    if (index < 0) broken.push(`2: this did not happen: ${event.message}`);
    else unmatched.splice(index, 1);
  }
  // Whoever is deposed or dies may take the news along.
  const missing = unmatched.filter(
    ({ decision: { replica, term }, had }) => had.length > 0 && replica.isAlive && term === witness.term,
  );
  return [
    ...broken,
    ...missing.map(({ decision, had }) => `2: nobody told that ${decision.key} lost ${had.join()}`),
  ];
}

function isAbout(event: ToldEvent, { decision, causes, had }: Loss): boolean {
  const said = toldLosses(event).map((loss) => loss.split(" "));
  return (
    event.uid === decision.seen.metadata.uid &&
    said.every(([address = "", told]) => [...(causes.get(address) ?? [])].some((cause) => cause === told)) &&
    had.every((address) => said.some(([one]) => one === address))
  );
}

/** Invariant 2: the metric counts what the events tell. */
function countedOtherwise({ witness }: History): readonly string[] {
  for (const event of witness.events) {
    if (event.reason !== "ClearAssignment") continue;
    for (const one of toldLosses(event)) {
      const cause = one.split(" ")[1] ?? "";
      const told = witness.toldChanges.get(event.replica) ?? new Map<string, number>();
      witness.toldChanges.set(event.replica, told.set(cause, (told.get(cause) ?? 0) + 1));
    }
  }
  return [...witness.toldChanges].flatMap(([{ name, metrics, isAlive }, told]) => {
    // Whoever dies takes the events along that were still to be sent.
    if (!isAlive) return [];
    const [counted, said] = [metrics.addressChanges, told].map((one) => JSON.stringify([...one].sort()));
    return counted === said ? [] : [`2: ${name} counts ${counted} changes and tells of ${said}`];
  });
}

/** Invariant 3: what the book holds is what the statuses show; the counters are made of the book. */
function miscounted({ cluster, leader }: History, { config }: BuiltConfig): readonly string[] {
  return config.pools.flatMap((pool) => {
    const usage = (["IPv4", "IPv6"] as const).flatMap((family) => {
      const all = everyAddressOf(pool, family);
      const services = cluster.services.list();
      const taken = all.filter((address) =>
        services.some((one) => shown(one).includes(formatIpAddress(address))),
      );
      return [taken.length, all.length - taken.length];
    });
    const status = cluster.pools.get(`${configNamespace}/${pool.name}`)?.status;
    const counters = [
      status?.assignedIPv4,
      status?.availableIPv4,
      status?.assignedIPv6,
      status?.availableIPv6,
    ];
    const counted = leader?.metrics.pools.get(pool.name);
    const metrics = [counted?.IPv4.assigned, counted?.IPv6.assigned].map(Number);
    const isRight = counters.join() === usage.join() && metrics.join() === [usage[0], usage[2]].join();
    return isRight
      ? []
      : [
          `3: pool ${pool.name} counts ${counters.join()} and ${metrics.join()}, the statuses show ${usage.join()}`,
        ];
  });
}

/** Invariant 4: nobody lacks what is free and would suit. */
function left(services: readonly ServiceResource[], built: BuiltConfig): readonly string[] {
  const living = services.filter((one) => isOurs(one) && one.metadata.deletionTimestamp === undefined);
  return living.flatMap((service) => {
    const others = services.filter((one) => one !== service);
    const where = { built, others };
    const has = shown(service);
    if (has.length === 0)
      return couldBeServed(service, where) ? [`4: ${keyOf(service)} waits for nothing`] : [];
    const asked = requestedAddresses(service);
    const isDenied =
      asked !== undefined &&
      !asked.every((address) => has.includes(formatIpAddress(address))) &&
      couldHave(asked, service, where);
    if (isDenied) return [`4: ${keyOf(service)} could have what it asks for`];
    const family = asked === undefined ? missingSecondAddress(service, where) : undefined;
    return family === undefined ? [] : [`4: ${keyOf(service)} could have an ${family} address`];
  });
}

/** Invariant 4: who has waited since the last rest was not overtaken by a younger one of the same wishes. */
function overtaken(services: readonly ServiceResource[], witness: Witness): readonly string[] {
  const { waiting, known, reworded } = witness;
  const isUnchanged = (service: ServiceResource): boolean => !reworded.has(uidOf(service));
  const stillWaiting = services.filter(
    (one) => isWaiting(one) && isUnchanged(one) && waiting.get(uidOf(one)) === wishOf(one),
  );
  const justServed = services.filter((one) => {
    const wish = waiting.get(uidOf(one));
    const waited = known.has(uidOf(one)) ? wish === wishOf(one) : true;
    return isOurs(one) && shown(one).length > 0 && isUnchanged(one) && waited;
  });
  return stillWaiting.flatMap((older) =>
    justServed
      .filter((younger) => wishOf(younger) === wishOf(older) && ageOf(older) < ageOf(younger))
      .map((younger) => `4: ${keyOf(younger)} was served before ${keyOf(older)}`),
  );
}

function isWaiting(service: ServiceResource): boolean {
  return isOurs(service) && service.metadata.deletionTimestamp === undefined && shown(service).length === 0;
}

/** Equal for Services that would take the same addresses. */
function wishOf({ metadata, spec }: ServiceResource): string {
  const { annotations = {}, labels, namespace } = metadata;
  const own = Object.entries(annotations).filter(([name]) => name !== "metallb.io/ip-allocated-from-pool");
  return JSON.stringify([namespace, labels, own.sort(), spec]);
}

function ageOf({ metadata }: ServiceResource): string {
  return metadata.creationTimestamp ?? "";
}

/** Invariant 10. */
function writtenTooOften({ writes, changes }: Witness): readonly string[] {
  const most = writesPerChange * (changes + 1);
  return [...writes].flatMap(([key, count]) =>
    count <= most ? [] : [`10: ${key} was written ${count} times after ${changes} changes`],
  );
}

/** Every address that no status shows can be had by whoever asks for it. */
export function freeAddresses({ cluster }: History): readonly string[] {
  const { config } = configurationOf(cluster.pools.list());
  const taken = cluster.services.list().flatMap(shown);
  return config.pools
    .filter((pool) => pool.serviceAllocation === undefined)
    .flatMap((pool) => everyAddressOf(pool).map(formatIpAddress))
    .filter((address) => !taken.includes(address));
}

/** Invariant 6: an operator that starts anew finds nothing to write on a Service that has all it wants, or at all. */
export async function judgeSecondPass(history: History): Promise<readonly string[]> {
  const { cluster } = history;
  const satisfied = cluster.services
    .list()
    .filter(isSatisfied)
    .map((service) => `Service ${keyOf(service)}`);
  cluster.writes.length = 0;
  await history.restart();
  // Which of two pools that overlap was first in force is known to nobody who comes later.
  const isOverlapping = cluster.pools.list().some(({ spec }) => spec.addresses.includes(overlapping));
  if (isOverlapping) return [];
  // Of a faulty pool the operator before knew an earlier form: what it said to those who wait has changed.
  const isSound = configurationOf(cluster.pools.list()).refusedPools.size === 0;
  return cluster.writes
    .filter((write) => isSound || satisfied.includes(write))
    .map((write) => `6: ${write} was written without need`);
}

function isSatisfied({ status }: ServiceResource): boolean {
  return (
    status?.conditions?.some(({ type, status: is }) => type === "steelyard.io/Allocated" && is === "True") ===
    true
  );
}
