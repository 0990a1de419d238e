import { expired, versionTooLarge } from "../http/api-error.ts";
import { type JsonObject, type KubeObject } from "../json.ts";
import { type ListOptions } from "../watch/list-options.ts";
import { decodeContinue, encodeContinue } from "./continue-token.ts";
import { objectKey, type ObjectStore } from "./object-store.ts";
import { type Selection } from "./selection.ts";

export interface ListPage {
  readonly objects: readonly KubeObject[];
  /** metav1.ListMeta. */
  readonly meta: JsonObject;
}

/** One page of a list; all pages of one list show the same revision. Throws ApiError 400, 410 or 504. */
export function listPage(
  store: ObjectStore,
  resource: string,
  selection: Selection,
  options: ListOptions,
  isSelective: boolean,
): ListPage {
  const token = options.continueToken === undefined ? undefined : decodeContinue(options.continueToken);
  const revision = token?.revision ?? revisionOf(store, options);
  const all = store.listAt(resource, revision);
  if (all === undefined) {
    throw expired(
      token === undefined
        ? "The resourceVersion for the provided list is too old."
        : "The provided continue parameter is too old to display a consistent list result.",
    );
  }
  const rest = token === undefined ? all : all.slice(placeAfter(all, token.after));
  // "Any version will do" is answered from the cache of the API server, and that does not do pages.
  const limit = token === undefined && options.resourceVersion === 0 ? 0 : options.limit;
  return cut(rest.filter(selection), revision, limit, isSelective);
}

/** Where in a sorted list the first object after a key is: a page costs what it holds, and not what the list does. */
function placeAfter(sorted: readonly KubeObject[], key: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const object = sorted[middle];
    if (object !== undefined && keyOf(object) <= key) from = middle + 1;
    else to = middle;
  }
  return from;
}

function revisionOf(store: ObjectStore, { resourceVersion, match }: ListOptions): number {
  const current = store.revision;
  if (resourceVersion !== undefined && resourceVersion > current)
    throw versionTooLarge(resourceVersion, current);
  return match === "Exact" && resourceVersion !== undefined ? resourceVersion : current;
}

function cut(
  matching: readonly KubeObject[],
  revision: number,
  limit: number,
  isSelective: boolean,
): ListPage {
  const resourceVersion = String(revision);
  const last = limit === 0 || matching.length <= limit ? undefined : matching[limit - 1];
  if (last === undefined) return { objects: matching, meta: { resourceVersion } };
  const token = encodeContinue({ revision, after: keyOf(last) });
  // With a selector the API server does not know how many are left.
  const remaining = isSelective ? {} : { remainingItemCount: matching.length - limit };
  return { objects: matching.slice(0, limit), meta: { resourceVersion, continue: token, ...remaining } };
}

function keyOf({ metadata }: KubeObject): string {
  return objectKey(metadata.namespace, metadata.name ?? "");
}
