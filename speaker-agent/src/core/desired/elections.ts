import { type Config } from "@steelyard/model/config";
import { type Result } from "@steelyard/model/foundation";
import { type NodeResource } from "@steelyard/model/resources";
import { type ElectorateRules } from "@steelyard/model/services";
import { type Claim, type Claimant, type Refusal } from "./claim.ts";
import { type Electorates } from "./electorates.ts";
import { sameHome } from "./homes.ts";
import { serviceKey } from "./service-key.ts";

/** The outcome for one Service, with the objects it follows from besides nodes and configuration. */
export interface Election extends Claimant {
  readonly claim: Result<Claim, Refusal>;
}

/**
 * The elections of one decision. With ten thousand Services one change would cost ten thousand looks at endpoints and
 * advertisements; but only those have to be taken again whose objects are not the very same ones as before.
 */
export interface Elections extends Ground {
  readonly electorates: Electorates;
  /** By `namespace/name` of the Service. */
  readonly byService: ReadonlyMap<string, Election>;
}

/** By identity: what all Services have in common. */
export interface Ground {
  readonly config: Config;
  readonly nodes: readonly NodeResource[];
  readonly rules: ElectorateRules;
}

/** The earlier outcome for a Service, if nothing it follows from has changed since. */
export function electionBefore(
  previous: Elections | undefined,
  ground: Ground,
  { service, slices, home }: Claimant,
): Election | undefined {
  if (previous === undefined || !isSameGround(previous, ground)) return undefined;
  const election = previous.byService.get(serviceKey(service.metadata));
  if (election === undefined || election.service !== service || election.slices.length !== slices.length)
    return undefined;
  if (!sameHome(election.home, home)) return undefined;
  return election.slices.every((slice, index) => slice === slices[index]) ? election : undefined;
}

function isSameGround(a: Ground, b: Ground): boolean {
  return a.config === b.config && a.nodes === b.nodes && a.rules === b.rules;
}
