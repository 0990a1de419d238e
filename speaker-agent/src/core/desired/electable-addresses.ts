import { compareIpAddresses, formatIpAddress, type IpAddress } from "@steelyard/model/address";
import {
  ANNOUNCED_CONDITION,
  findCondition,
  FOREIGN_HOLDER,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type ElectableAddress } from "../election/types.ts";
import { type Claim } from "./claim.ts";
import { type Election } from "./elections.ts";
import { type Electorates, type KeyedElectorate } from "./electorates.ts";

export interface ElectableAddresses {
  /** Sorted by address. */
  readonly addresses: readonly ElectableAddress[];
  /** By the text of the address: who may announce it, all Services that hold it being heard. */
  readonly electorates: ReadonlyMap<string, KeyedElectorate>;
  /** Texts of those that have been announced before. */
  readonly settled: ReadonlySet<string>;
}

/** Everybody who holds one address and may be announced; sorted by Service, which is the same order on every node. */
interface Holders {
  readonly address: IpAddress;
  readonly first: Claim;
  readonly claims: Claim[];
  readonly services: ServiceResource[];
}

/**
 * Puts together what all Services that hold an address want.
 *
 * @param elections sorted by Service
 * @param options.settled addresses that are known to have been announced, whether some Service still holds them or not
 */
export function electableAddresses(
  elections: readonly Election[],
  electorates: Electorates,
  options: { readonly bindAddresses: string | undefined; readonly settled: ReadonlySet<string> },
): ElectableAddresses {
  const byAddress = new Map<string, KeyedElectorate>();
  const settled = new Set<string>();
  const addresses = [...holdersOf(elections)].flatMap(([text, holders]): ElectableAddress[] => {
    const electorate = electorates.merged(holders.claims.map((claim) => claim.electorate));
    if (electorate === undefined) return [];
    byAddress.set(text, electorate);
    // Who only claims an address that a stranger has does not announce it, and the next one must not either.
    const isHeld = holders.services.some((one) => isHeldByStranger(one, text));
    const isSettled =
      !isHeld && (options.settled.has(text) || holders.services.some((one) => isAnnounced(one, text)));
    if (isSettled) settled.add(text);
    return [
      {
        address: holders.address,
        electionKey: holders.first.first,
        candidates: electorate.candidates,
        fresh: !isSettled,
        bindTo: bindTo(holders.first, options.bindAddresses),
      },
    ];
  });
  return {
    addresses: addresses.sort((left, right) => compareIpAddresses(left.address, right.address)),
    electorates: byAddress,
    settled,
  };
}

function holdersOf(elections: readonly Election[]): ReadonlyMap<string, Holders> {
  const holders = new Map<string, Holders>();
  for (const { service, claim } of elections) {
    if (!claim.ok) continue;
    for (const address of claim.value.addresses) {
      const text = formatIpAddress(address);
      const holder = holders.get(text) ?? { address, first: claim.value, claims: [], services: [] };
      holder.claims.push(claim.value);
      holder.services.push(service);
      holders.set(text, holder);
    }
  }
  return holders;
}

/** The pool's word counts before that of the flag, and its empty one means that addresses are not bound. */
function bindTo({ home }: Claim, flag: string | undefined): string | undefined {
  const name = home.bindInterface ?? flag;
  return name === "" ? undefined : name;
}

/** The condition names the addresses it is about: of one that the Service has just got it says nothing. */
function isAnnounced(service: ServiceResource, text: string): boolean {
  const condition = conditionAbout(service, text);
  return condition?.status === "True";
}

function isHeldByStranger(service: ServiceResource, text: string): boolean {
  const condition = conditionAbout(service, text);
  return condition?.status === "False" && condition.reason === FOREIGN_HOLDER;
}

function conditionAbout({ status }: ServiceResource, text: string) {
  const condition = findCondition(status?.conditions, ANNOUNCED_CONDITION);
  return condition?.message.split(/[\s,;()]+/).includes(text) === true ? condition : undefined;
}
