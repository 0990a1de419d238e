import { type IpAddress } from "@steelyard/model/address";
import { type BuiltConfig, type Pool } from "@steelyard/model/config";
import { type HeldAddresses } from "./address-book.ts";
import { type AddressSubject } from "./address-subject.ts";
import { allocate, offerFrom } from "./allocate.ts";
import { whyNotServed } from "./candidate-pools.ts";
import { poolGiving } from "./judge-held.ts";
import { mostOfOneHost, type QuarantinedAddress } from "./quarantine.ts";

/** One address in place of another. */
export interface Replacement {
  readonly left: QuarantinedAddress;
  readonly address: IpAddress;
  readonly pool: Pool;
}

export interface WayOut {
  readonly replacements: readonly Replacement[];
  /** An address stays that had better go, because there is no other: as soon as there is one, it is wanted. */
  readonly isCornered: boolean;
}

/**
 * What takes the place of addresses that somebody outside the cluster answers for: what does not work anyway may move.
 * Only an address of our own choice is replaced, only while no agent announces it, and not when the same host answers for everything. When the quarantine ends, nobody
 * is moved back: the new address works.
 */
export function leaveQuarantine(
  addresses: readonly IpAddress[],
  subject: AddressSubject,
  built: BuiltConfig,
  held: HeldAddresses,
): WayOut {
  const quarantined = mayMove(subject)
    ? addresses.flatMap((address) => held.quarantineOf(address) ?? [])
    : [];
  const replaceable = quarantined.filter(({ mac }) => held.countQuarantinedBy(mac) < mostOfOneHost);
  const replacements = replaceable.flatMap((left) => {
    const found = replace(left.address, { isAlone: addresses.length === 1 }, subject, built, held);
    return found === undefined ? [] : [{ left, ...found }];
  });
  return { replacements, isCornered: replacements.length < quarantined.length };
}

/** What the Service asks for by name stays its own, whatever becomes of it. */
function mayMove({ isUnannounced, request }: AddressSubject): boolean {
  return isUnannounced === true && (request.asks === "nothing" || request.asks === "pool");
}

function replace(
  old: IpAddress,
  { isAlone }: { readonly isAlone: boolean },
  subject: AddressSubject,
  built: BuiltConfig,
  held: HeldAddresses,
): { readonly address: IpAddress; readonly pool: Pool } | undefined {
  const { request, applicant } = subject;
  const { family } = old;
  const home = poolGiving(old, built);
  const pool = request.asks === "pool" ? built.config.pools.find(({ name }) => name === request.pool) : home;
  const mayAsk =
    pool && whyNotServed(pool, applicant) === undefined && (pool.autoAssign || request.asks === "pool");
  const offer = mayAsk === true ? offerFrom(pool, [family], subject, held) : undefined;
  const [address] = offer?.ok === true ? offer.addresses : [];
  if (pool !== undefined && address !== undefined) return { address, pool };
  // The other family would be left behind in another pool.
  if (!isAlone || request.asks === "pool") return undefined;
  const { assigned } = allocate({ ...subject, wanted: { want: "one", family } }, built, held);
  const [elsewhere] = assigned?.addresses ?? [];
  return assigned === undefined || elsewhere === undefined
    ? undefined
    : { address: elsewhere, pool: assigned.pool };
}
