import { type IpAddress, type IpFamily } from "@steelyard/model/address";
import { type BuiltConfig, type Pool, poolContaining } from "@steelyard/model/config";

export interface LostAddress {
  readonly address: IpAddress;
  readonly because: "in-no-pool" | "in-another-pool" | "family-not-served";
}

/** What becomes of the addresses a Service holds already. */
export type HeldJudgement =
  | { readonly at: "nothing"; readonly lost: readonly LostAddress[] }
  | {
      readonly at: "kept";
      readonly pool: Pool;
      readonly addresses: readonly IpAddress[];
      readonly lost: readonly LostAddress[];
    }
  /** No pool in force contains them, but one that might is refused for a fault: a fault takes nothing away. */
  | {
      readonly at: "kept-under-fault";
      readonly addresses: readonly IpAddress[];
      /** Those of them that no pool in force contains. */
      readonly homeless: readonly IpAddress[];
      readonly lost: readonly [];
    };

/**
 * Keeps everything that can stay. A held address is not weighed against selectors, autoAssign or a better pool: those
 * decide about new addresses only. It is lost when no pool contains it any more, when no cluster IP of its family is
 * left, or when the others of the Service lie in another pool, because agents announce a Service from one pool
 * (reference metallb.md, sections 3.2 step 8, 3.6 and 4.1 step 6).
 */
export function judgeHeld(
  held: readonly IpAddress[],
  servedFamilies: readonly IpFamily[],
  built: BuiltConfig,
): HeldJudgement {
  const poolOf = (address: IpAddress): Pool | undefined => poolGiving(address, built);
  const served = held.filter((address) => servedFamilies.includes(address.family));
  const homeless = served.filter((address) => poolOf(address) === undefined);
  if (homeless.length > 0 && built.refusedPools.size > 0) {
    return { at: "kept-under-fault", addresses: held, homeless, lost: [] };
  }
  const home = mostFrequent(served.map(poolOf).filter((pool) => pool !== undefined));
  const isKept = (address: IpAddress): boolean => served.includes(address) && poolOf(address) === home;
  const lost = held
    .filter((address) => home === undefined || !isKept(address))
    .map((address) => ({
      address,
      because: whyLost(served.includes(address), poolOf(address)),
    }));
  if (home === undefined) return { at: "nothing", lost };
  return { at: "kept", pool: home, addresses: held.filter(isKept), lost };
}

/** The pool in force that gives the address out, or would; not one that leaves it out because of avoidBuggyIPs. */
export function poolGiving(address: IpAddress, { config }: BuiltConfig): Pool | undefined {
  const pool = poolContaining(config, address);
  return pool?.addresses.has(address) === true ? pool : undefined;
}

function whyLost(isServed: boolean, pool: Pool | undefined): LostAddress["because"] {
  if (!isServed) return "family-not-served";
  return pool === undefined ? "in-no-pool" : "in-another-pool";
}

/** The pool of most addresses; of the first one when they are even. */
function mostFrequent(pools: readonly Pool[]): Pool | undefined {
  const countOf = (pool: Pool | undefined): number => pools.filter((other) => other === pool).length;
  return pools.reduce<Pool | undefined>(
    (best, pool) => (countOf(pool) > countOf(best) ? pool : best),
    undefined,
  );
}
