import { type EndpointSliceResource, type ServiceResource } from "@steelyard/model/resources";
import { type Claimant } from "../claim.ts";
import { type Home, sameHome } from "../homes.ts";
import { serviceKey } from "../service-key.ts";
import { type SlicesByService, touchedServices } from "../slices-by-service.ts";
import { type BgpBasis, type JudgedService, type PrefixUse } from "./basis.ts";
import { judgeService } from "./judge-service.ts";
import { type NodeGround } from "./node-ground.ts";
import { type BookChange } from "./route-book.ts";

export interface Judgement {
  /** Sorted by key; the same list as before if nothing has changed. */
  readonly judged: readonly JudgedService[];
  readonly changes: readonly BookChange[];
}

/** All that can have changed about Services. */
interface Subjects {
  /** Sorted by key. */
  readonly services: readonly ServiceResource[];
  readonly endpointSlices: readonly EndpointSliceResource[];
  /** The same, grouped. */
  readonly slices: SlicesByService;
  readonly homes: ReadonlyMap<string, Home>;
}

const none: readonly never[] = [];

/**
 * Judges each Service anew of which something has changed. Earlier outcomes are gone through in step: with ten thousand
 * Services of which one has changed, next to nothing is computed, and nothing is looked up by name that need not be.
 */
export function judgeAll(subjects: Subjects, ground: NodeGround, basis: BgpBasis | undefined): Judgement {
  const earlier = basis?.judged ?? none;
  const mayDiffer = whoMayDiffer(subjects, ground, basis);
  const changes: BookChange[] = [];
  let at = 0;
  const judged = subjects.services.map((service) => {
    let before = earlier[at];
    const key = before?.service === service ? before.key : serviceKey(service.metadata);
    while (before !== undefined && before.key < key) {
      changes.push({ before, after: undefined });
      at += 1;
      before = earlier[at];
    }
    const same = before?.key === key ? before : undefined;
    if (same !== undefined) at += 1;
    if (same?.service === service && !mayDiffer(key)) return same;
    const claimant = { service, slices: subjects.slices.get(key) ?? none, home: subjects.homes.get(key) };
    const isSame = same !== undefined && basis?.ground === ground && followsFrom(same, claimant);
    if (isSame) return same;
    const after = withSameUses(judgeService(claimant, ground), same);
    changes.push({ before: same, after });
    return after;
  });
  for (const before of earlier.slice(at)) changes.push({ before, after: undefined });
  return { judged: changes.length === 0 ? earlier : judged, changes };
}

/** For Services that are the same objects as before: of which something else may have changed, by key. */
function whoMayDiffer(
  { endpointSlices, homes }: Subjects,
  ground: NodeGround,
  basis: BgpBasis | undefined,
): (key: string) => boolean {
  if (basis?.ground !== ground || basis.homes !== homes) return () => true;
  const touched = touchedServices(endpointSlices, basis.endpointSlices);
  return touched === undefined ? () => true : (key) => touched.has(key);
}

function followsFrom(before: JudgedService, { service, slices, home }: Claimant): boolean {
  return before.service === service && sameHome(before.home, home) && areSame(before.slices, slices);
}

/** What has not changed of an outcome is taken over. */
function withSameUses(judged: JudgedService, before: JudgedService | undefined): JudgedService {
  const isSame =
    before !== undefined &&
    judged.uses.length === before.uses.length &&
    judged.uses.every((use, index) => isSameUse(use, before.uses[index]));
  return isSame ? { ...judged, uses: before.uses } : judged;
}

function isSameUse(a: PrefixUse, b: PrefixUse | undefined): boolean {
  return b !== undefined && a.text === b.text && areSame(a.advertisements, b.advertisements);
}

function areSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((one, index) => one === b[index]));
}
