import { type IpAddress, type IpFamily } from "@steelyard/model/address";
import { type BuiltConfig, type Pool } from "@steelyard/model/config";
import { type HeldAddresses } from "./address-book.ts";
import { allocate, type Assignment, type Seeker } from "./allocate.ts";
import { whyNotServed } from "./candidate-pools.ts";
import { poolGiving } from "./judge-held.ts";
import { missingFamilies } from "./wanted-families.ts";

/**
 * What the Service had before its pool went away, as far as a pool gives it out again, serves the Service and nobody else
 * has it. So a pool that is deleted and made anew gives everybody the old address back, even if it is two pools by now: as
 * when an edit leaves two held addresses in two pools. Half of what a Service must have is not worth more than a whole from
 * another pool.
 */
export function recall(seeker: Seeker, built: BuiltConfig, held: HeldAddresses): Assignment | undefined {
  const families = missingFamilies(seeker.wanted, []);
  const back = families.flatMap((family) => recallOne(family, seeker, built, held) ?? []);
  const [first] = back;
  if (first === undefined) return undefined;
  const isHalf = seeker.wanted.want === "both" && back.length < families.length;
  const whole = isHalf ? allocate(seeker, built, held).assigned : undefined;
  if (whole !== undefined && whole.pool !== first.pool) return undefined;
  return { pool: first.pool, addresses: back.map(({ address }) => address) };
}

/** What the Service had of this family, and the pool that gives it out again. */
export function recallOne(
  family: IpFamily,
  { key, applicant, sharing, remembered }: Seeker,
  built: BuiltConfig,
  held: HeldAddresses,
): { readonly address: IpAddress; readonly pool: Pool } | undefined {
  for (const address of remembered) {
    const pool = address.family === family ? poolGiving(address, built) : undefined;
    if (pool === undefined || whyNotServed(pool, applicant) !== undefined) continue;
    if (held.quarantineOf(address) !== undefined) continue;
    if (held.whyNotUsable(address, key, sharing) === undefined) return { address, pool };
  }
  return undefined;
}
