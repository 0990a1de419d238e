import { includesIpAddress, type IpAddress } from "@steelyard/model/address";
import { type BuiltConfig, faultyHomes, type Pool, poolContaining } from "@steelyard/model/config";
import { assertNever } from "@steelyard/model/foundation";
import {
  type AddressOutcome,
  type PoolsOutcome,
  type RequestRefusal,
  whyNothing,
} from "./address-outcome.ts";
import { type HeldAddresses } from "./address-book.ts";
import { type AddressRequest, type RequestSource } from "./address-request.ts";
import { type AddressSubject } from "./address-subject.ts";
import { type Assignment, familyAttempts, noteVerdict, offerFrom } from "./allocate.ts";
import { refusedVerdict, whyNotServed } from "./candidate-pools.ts";
import { type HeldJudgement, keptAddresses, poolGiving } from "./judge-held.ts";
import { type PoolVerdict } from "./pool-verdict.ts";
import { missingFamilies } from "./wanted-families.ts";

/** A request is granted whole or not at all. */
export type Grant =
  | { readonly ok: true; readonly assignment: Assignment }
  | {
      readonly ok: false;
      readonly outcome: RequestRefusal | PoolsOutcome;
      /** An edit of a pool or of another Service can make it possible: the Service stands in line. */
      readonly mayComeTrue: boolean;
    };

type Asked<Kind extends AddressRequest["asks"]> = Extract<AddressRequest, { readonly asks: Kind }>;

/** What a request is weighed against. */
export interface RequestCircumstances {
  readonly subject: AddressSubject;
  /** What the Service has and may keep. */
  readonly judgement: HeldJudgement;
  readonly built: BuiltConfig;
  readonly held: HeldAddresses;
}

/** Gives what is asked for, or says by which rule it cannot (reference metallb.md, section 3.3 a and b). */
export function followRequest(
  request: Exclude<AddressRequest, { readonly asks: "nothing" }>,
  where: RequestCircumstances,
): Grant {
  switch (request.asks) {
    case "malformed": {
      const { problem, source } = request;
      return { ok: false, outcome: { code: "RequestMalformed", problem, source }, mayComeTrue: false };
    }
    case "addresses":
      return followAddresses(request, where);
    case "pool":
      return followPool(request, where);
    default:
      return assertNever(request);
  }
}

function followAddresses(request: Asked<"addresses">, where: RequestCircumstances): Grant {
  const { addresses, source } = request;
  const requested = addresses.map(({ family }) => family);
  const served = missingFamilies(where.subject.wanted, []);
  if (requested.length !== served.length || !requested.every((family) => served.includes(family))) {
    const outcome = { code: "RequestedFamiliesDiffer", requested, served, source } as const;
    return { ok: false, outcome, mayComeTrue: false };
  }
  const { judgement } = where;
  const kept = keptAddresses(judgement);
  const hasThem = addresses.every((address) => includesIpAddress(kept, address));
  if (judgement.at === "kept" && hasThem && isFromPool(request.pool, where))
    return { ok: true, assignment: judgement };
  const home = findHome(request, where);
  if (!home.ok) return refuse(home.refusal);
  const refusal = whyNotHere(request, home.pool, where);
  return refusal === undefined
    ? { ok: true, assignment: { pool: home.pool, addresses: inHeldOrder(addresses, where) } }
    : refuse(refusal);
}

type Home =
  { readonly ok: true; readonly pool: Pool } | { readonly ok: false; readonly refusal: RequestRefusal };

/** The one pool that gives all the addresses. */
function findHome({ addresses, source }: Asked<"addresses">, { built }: RequestCircumstances): Home {
  const pools = new Set<Pool>();
  for (const address of addresses) {
    const pool = poolGiving(address, built);
    if (pool === undefined) return { ok: false, refusal: whyHomeless(address, source, built) };
    pools.add(pool);
  }
  const [pool, ...others] = pools;
  if (pool !== undefined && others.length === 0) return { ok: true, pool };
  const names = [...pools].map(({ name }) => name);
  return { ok: false, refusal: { code: "RequestedAddressesInTwoPools", pools: names, source } };
}

function whyHomeless(address: IpAddress, source: RequestSource, built: BuiltConfig): RequestRefusal {
  const avoidedBy = poolContaining(built.config, address);
  if (avoidedBy !== undefined)
    return { code: "RequestedAddressAvoided", address, pool: avoidedBy.name, source };
  const refusedPools = faultyHomes(address, built);
  return { code: "RequestedAddressOutsidePools", address, pools: built.config.pools, refusedPools, source };
}

/**
 * Whether the Service is where a request for this pool has led it. A request that was answered once is not made anew by an
 * edit that has left the address in another pool.
 */
function isFromPool(name: string | undefined, { subject, judgement, built }: RequestCircumstances): boolean {
  const kept = keptAddresses(judgement);
  return (
    name === undefined ||
    subject.fromPool === name ||
    kept.some((address) => poolGiving(address, built)?.name === name)
  );
}

function whyNotHere(
  { addresses, pool: asked, source }: Asked<"addresses">,
  pool: Pool,
  { subject, judgement, held }: RequestCircumstances,
): RequestRefusal | undefined {
  const kept = keptAddresses(judgement);
  const fresh = addresses.filter((address) => !includesIpAddress(kept, address));
  const [first] = addresses;
  const [firstFresh] = fresh;
  if (first !== undefined && asked !== undefined && asked !== pool.name) {
    return { code: "RequestedPoolDiffers", address: first, pool: pool.name, asked, source };
  }
  // What the Service has, it keeps, whatever a pool's selectors say by now.
  const verdict = whyNotServed(pool, subject.applicant);
  if (firstFresh !== undefined && verdict !== undefined) {
    return { code: "RequestedAddressNotAllowed", address: firstFresh, pool: pool.name, verdict, source };
  }
  for (const address of fresh) {
    const conflict = held.whyNotUsable(address, subject.key, subject.sharing);
    if (conflict === undefined) continue;
    const wantsToShare = subject.sharing !== undefined && conflict.refusal.rule !== "no-key";
    return { code: wantsToShare ? "SharingRefused" : "RequestedAddressHeld", conflict, source };
  }
  return undefined;
}

function followPool({ pool: name, source }: Asked<"pool">, where: RequestCircumstances): Grant {
  const { subject, judgement, built, held } = where;
  const pool = built.config.pools.find((one) => one.name === name);
  if (pool === undefined) return refuseWithoutPool(name, source, built);
  if (judgement.at === "kept" && isFromPool(name, where)) {
    const isHere = judgement.addresses.some((address) => pool.addresses.has(address));
    return { ok: true, assignment: isHere ? { pool, addresses: judgement.addresses } : judgement };
  }
  const verdict = whyNotServed(pool, subject.applicant);
  if (verdict !== undefined) return refuse({ code: "RequestedPoolNotAllowed", pool: name, verdict, source });
  const verdicts = new Map<string, PoolVerdict>();
  for (const families of familyAttempts(subject.wanted)) {
    const offer = offerFrom(pool, families, subject, held);
    if (offer.ok) return { ok: true, assignment: { pool, addresses: withKept(offer.addresses, where) } };
    noteVerdict(verdicts, pool, offer.verdict);
  }
  return refusePools(verdicts, source);
}

/** What the pool asked for cannot give of the other family stays where it is, and so does the order of the status. */
function withKept(
  addresses: readonly IpAddress[],
  { subject, judgement, held }: RequestCircumstances,
): readonly IpAddress[] {
  const isMissing = ({ family }: IpAddress): boolean => !addresses.some((one) => one.family === family);
  const all = [...addresses, ...keptAddresses(judgement).filter(isMissing)];
  const shown = held.observedFor(subject.key).filter((address) => includesIpAddress(all, address));
  return [...shown, ...all.filter((address) => !includesIpAddress(shown, address))];
}

function refuseWithoutPool(asked: string, source: RequestSource, built: BuiltConfig): Grant {
  if (built.refusedPools.has(asked)) return refusePools([[asked, refusedVerdict(asked, built)]], source);
  const pools = built.config.pools.map(({ name }) => name);
  return refuse({ code: "RequestedPoolUnknown", asked, pools, source });
}

function refusePools(verdicts: Iterable<readonly [string, PoolVerdict]>, source: RequestSource): Grant {
  const considered = [...verdicts].map(([pool, verdict]) => ({ pool, verdict }));
  const outcome: AddressOutcome = { code: whyNothing(considered), considered, source };
  return { ok: false, outcome, mayComeTrue: true };
}

function refuse(outcome: RequestRefusal): Grant {
  return { ok: false, outcome, mayComeTrue: true };
}

/** The order of a status stays as it is while its addresses stay: the first one decides which node announces. */
function inHeldOrder(
  addresses: readonly IpAddress[],
  { judgement }: RequestCircumstances,
): readonly IpAddress[] {
  const staying = keptAddresses(judgement).filter((address) => includesIpAddress(addresses, address));
  return [...staying, ...addresses.filter((address) => !includesIpAddress(staying, address))];
}
