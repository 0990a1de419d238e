import { type Config } from "@steelyard/model/config";
import { type Result } from "@steelyard/model/foundation";
import { type NodeResource } from "@steelyard/model/resources";
import { type Claim, type Claimant, type Refusal } from "./claim.ts";
import { sameHome } from "./homes.ts";
import { serviceKey } from "./service-key.ts";

/** The outcome for one Service, with the objects it follows from besides nodes and configuration. */
export interface Election extends Claimant {
  readonly claim: Result<Claim, Refusal>;
}

/**
 * The elections of one decision. An election hashes every node, so with a thousand Services one change would cost a
 * thousand of them; but only those have to be held again whose objects are not the very same ones as before.
 */
export interface Elections {
  readonly config: Config;
  readonly nodes: readonly NodeResource[];
  readonly ignoreExcludeLb: boolean;
  /** By `namespace/name` of the Service. */
  readonly byService: ReadonlyMap<string, Election>;
}

type Ground = Omit<Elections, "byService">;

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
  return a.config === b.config && a.nodes === b.nodes && a.ignoreExcludeLb === b.ignoreExcludeLb;
}
