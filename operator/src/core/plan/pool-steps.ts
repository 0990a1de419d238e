import { err, isJsonObject, type JsonObject, ok, type Result } from "@steelyard/model/foundation";
import { appliedObject, metadataOf } from "./applied-object.ts";
import { type GivenPool } from "./read-edit.ts";

/** What is to be done to the pools of the cluster. */
export interface PoolEdit {
  readonly pools: readonly GivenPool[];
  /** Names of pools that are deleted. */
  readonly deletions: readonly string[];
  /** Every live pool that is not among `pools` goes. */
  readonly prune: boolean;
}

/** One write that the edit comes to; those that would change nothing are left out. */
export interface PoolStep {
  readonly pool: string;
  readonly change: "created" | "edited" | "deleted";
  /** The pool as the API server would store it; undefined when it is gone. */
  readonly object: JsonObject | undefined;
}

/**
 * The writes of an edit in the order in which they would reach the API server: what is applied, as given, and then what
 * is deleted.
 *
 * @param live the pools of the cluster, whole, as the API server gives them
 * @param timestamp when a pool that is new would be created: the age decides between two that overlap
 * @returns the steps, or one sentence that says why the edit cannot be
 */
export function poolSteps(
  live: readonly JsonObject[],
  edit: PoolEdit,
  timestamp: string,
): Result<readonly PoolStep[], string> {
  const pools = byName(live);
  const given = new Set(edit.pools.map(({ name }) => name));
  for (const name of edit.deletions) {
    if (given.has(name)) return err(`pool ${name} is in a file and to be deleted`);
    if (!pools.has(name)) return err(`there is no pool ${name} in the cluster to be deleted`);
  }
  const pruned = edit.prune ? [...pools.keys()].sort().filter((name) => !given.has(name)) : [];
  const gone = [...new Set([...edit.deletions, ...pruned])];
  const steps = [
    ...edit.pools.flatMap((pool) => applyStep(pools, pool, timestamp)),
    ...gone.map((pool): PoolStep => ({ pool, change: "deleted", object: undefined })),
  ];
  return ok(steps);
}

/** The pools after a step. */
export function afterStep(pools: readonly JsonObject[], { pool, object }: PoolStep): readonly JsonObject[] {
  const next = byName(pools);
  if (object === undefined) next.delete(pool);
  else next.set(pool, object);
  return [...next.values()];
}

function applyStep(
  pools: Map<string, JsonObject>,
  { name, object }: GivenPool,
  timestamp: string,
): readonly PoolStep[] {
  const live = pools.get(name);
  const applied = appliedObject(live, object);
  const stored = live === undefined ? createdAt(applied, timestamp) : applied;
  pools.set(name, stored);
  if (live === undefined) return [{ pool: name, change: "created", object: stored }];
  return meaning(stored) === meaning(live) ? [] : [{ pool: name, change: "edited", object: stored }];
}

function createdAt(object: JsonObject, creationTimestamp: string): JsonObject {
  return { ...object, metadata: { ...metadataOf(object), creationTimestamp } };
}

/** A text that is equal for pools whose spec and labels are equal. */
function meaning(object: JsonObject): string {
  return JSON.stringify([sorted(object["spec"]), sorted(metadataOf(object)["labels"] ?? {})]);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

function byName(objects: readonly JsonObject[]): Map<string, JsonObject> {
  return new Map(objects.map((object) => [String(metadataOf(object)["name"]), object]));
}
