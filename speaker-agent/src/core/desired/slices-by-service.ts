import { type EndpointSliceResource, serviceOfSlice } from "@steelyard/model/resources";

type Slices = readonly EndpointSliceResource[];

/** By `namespace/name` of the Service. */
export type SlicesByService = ReadonlyMap<string, Slices>;

// Both protocols ask this of the same list. Lists of the cluster are never changed: a new one comes in their place.
const known = new WeakMap<Slices, SlicesByService>();

/** @param before an earlier list: what is left of it is not gone through again */
export function slicesByService(slices: Slices, before?: Slices): SlicesByService {
  const groups = known.get(slices) ?? regroup(slices, before) ?? groupSlices(slices);
  known.set(slices, groups);
  return groups;
}

/** The Services of which slices have come or gone since; undefined = of too many to tell. */
export function touchedServices(slices: Slices, before: Slices): ReadonlySet<string> | undefined {
  const changes = changesSince(slices, before);
  return (
    changes && new Set([...changes.gone, ...changes.come].flatMap((slice) => serviceOfSlice(slice) ?? []))
  );
}

function groupSlices(slices: Slices): SlicesByService {
  const groups = new Map<string, EndpointSliceResource[]>();
  for (const slice of slices) {
    const key = serviceOfSlice(slice);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [slice]);
    else group.push(slice);
  }
  return groups;
}

function regroup(slices: Slices, before: Slices | undefined): SlicesByService | undefined {
  const earlier = before && known.get(before);
  const changes = before && changesSince(slices, before);
  if (earlier === undefined || changes === undefined) return undefined;
  const groups = new Map(earlier);
  for (const slice of changes.gone) {
    const key = serviceOfSlice(slice);
    if (key === undefined) continue;
    const left = groups.get(key)?.filter((one) => one !== slice) ?? [];
    if (left.length === 0) groups.delete(key);
    else groups.set(key, left);
  }
  for (const slice of changes.come) {
    const key = serviceOfSlice(slice);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), slice]);
  }
  return groups;
}

interface SliceChanges {
  readonly gone: Slices;
  readonly come: Slices;
}

/** With more it is cheaper to begin anew. */
const mostChanges = 64;

/** What stands between the first and the last place where two lists differ; place by place where they are equally long. */
function changesSince(slices: Slices, before: Slices): SliceChanges | undefined {
  if (slices.length === before.length) return changedPlaces(slices, before);
  const shorter = Math.min(slices.length, before.length);
  let start = 0;
  while (start < shorter && slices[start] === before[start]) start += 1;
  let end = 0;
  while (end < shorter - start && slices.at(-1 - end) === before.at(-1 - end)) end += 1;
  const gone = before.slice(start, before.length - end);
  const come = slices.slice(start, slices.length - end);
  return Math.max(gone.length, come.length) > mostChanges ? undefined : { gone, come };
}

function changedPlaces(slices: Slices, before: Slices): SliceChanges | undefined {
  const gone: EndpointSliceResource[] = [];
  const come: EndpointSliceResource[] = [];
  for (const [place, slice] of slices.entries()) {
    const had = before[place];
    if (had === slice || had === undefined) continue;
    gone.push(had);
    come.push(slice);
    if (come.length > mostChanges) return undefined;
  }
  return { gone, come };
}
