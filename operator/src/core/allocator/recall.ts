import { type BuiltConfig } from "@steelyard/model/config";
import { type HeldAddresses } from "./address-book.ts";
import { type Assignment, offerFrom, type Seeker } from "./allocate.ts";
import { whyNotServed } from "./candidate-pools.ts";
import { poolGiving } from "./judge-held.ts";
import { missingFamilies } from "./wanted-families.ts";

/**
 * What the Service had before its pool went away, as far as one pool gives it out again, serves the Service and nobody
 * else has it. So a pool that is deleted and made anew gives everybody the old address back.
 */
export function recall(seeker: Seeker, built: BuiltConfig, held: HeldAddresses): Assignment | undefined {
  const wanted = missingFamilies(seeker.wanted, []);
  const usable = seeker.remembered.filter(
    (address) =>
      wanted.includes(address.family) && held.whyNotUsable(address, seeker.key, seeker.sharing) === undefined,
  );
  for (const address of usable) {
    const pool = poolGiving(address, built);
    if (pool === undefined || whyNotServed(pool, seeker.applicant) !== undefined) continue;
    const families = wanted.filter((family) =>
      usable.some((one) => one.family === family && pool.addresses.has(one)),
    );
    const offer = offerFrom(pool, families, seeker, held);
    if (offer.ok) return { pool, addresses: offer.addresses };
  }
  return undefined;
}
