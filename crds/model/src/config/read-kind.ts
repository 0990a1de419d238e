import { isJsonObject } from "../foundation/index.ts";
import { lastGood, type DraftSource } from "./drafts.ts";
import { Findings, type Finding } from "./findings.ts";
import { type ConfigKind } from "./kinds.ts";
import { readHead, type ObjectHead } from "./object-head.ts";
import { type RawField } from "./raw-fields.ts";
import { type ConfigProblem } from "./types.ts";

export interface ReadKindOptions<T> {
  readonly kind: ConfigKind;
  /** The only namespace in which objects of the kind count. */
  readonly namespace: string;
  readonly read: (head: ObjectHead, spec: RawField, findings: Findings) => T;
  /** Last good versions, by name. */
  readonly last: ReadonlyMap<string, T> | undefined;
}

/** All objects of one kind, each parsed by itself. */
export interface ReadKind<T> {
  readonly good: readonly T[];
  /** Last good versions of objects that are not good now. */
  readonly kept: readonly T[];
  /** The same objects as `heads`, as far as they can be read. */
  readonly drafts: readonly T[];
  /** The objects that have a name, each name once. */
  readonly heads: readonly ObjectHead[];
  /** Those of them that are not good now. */
  readonly refused: readonly ObjectHead[];
  readonly problems: readonly ConfigProblem[];
}

export function readKind<T extends { readonly source: DraftSource }>(
  raw: readonly unknown[],
  options: ReadKindOptions<T>,
): ReadKind<T> {
  const { kind, namespace, last } = options;
  const heads = raw.map((object) => ({ object, head: readHead(object) }));
  const strangers = heads.filter(({ head }) => head.namespace !== namespace).map(({ head }) => head);
  const own = heads.filter(({ head }) => head.namespace === namespace);
  const twice = duplicates(own.map(({ head }) => head.name));
  const objects = own.map(({ object, head }) => readOne(object, head, twice, options));
  const faulty = objects.filter(({ findings }) => findings.refused).map(({ head }) => head);
  return {
    good: objects.filter(({ findings }) => !findings.refused).map(({ draft }) => draft),
    kept: distinctByName(faulty.map((head) => lastGood(last, head))),
    drafts: named(objects.map(({ head, draft }) => ({ name: head.name, draft }))).map(({ draft }) => draft),
    heads: named(own.map(({ head }) => head)),
    refused: named(faulty),
    problems: [
      ...strangers.map((head) => problemOf(kind, head, wrongNamespace(namespace))),
      ...objects.flatMap(({ head, findings }) => findings.all.map((one) => problemOf(kind, head, one))),
    ],
  };
}

function readOne<T>(raw: unknown, head: ObjectHead, twice: ReadonlySet<string>, options: ReadKindOptions<T>) {
  const findings = new Findings();
  const spec = isJsonObject(raw) ? (raw["spec"] ?? undefined) : undefined;
  const draft = options.read(head, { value: spec, path: "spec" }, findings);
  if (head.name === "") findings.refuse("metadata.name", "the object has no name");
  // The API server rules it out. Whoever gets here has two caches mixed up, and neither version can be preferred.
  else if (twice.has(head.name)) findings.refuse("metadata.name", `duplicate definition of ${options.kind}`);
  return { head, draft, findings };
}

/** Objects elsewhere can be there from before admission was installed; nobody must think that they are in force. */
function wrongNamespace(namespace: string): Finding {
  const message = `resource must be created in ${namespace} namespace`;
  return { kind: "wrong", path: "metadata.namespace", message };
}

function problemOf(kind: ConfigKind, { namespace, name }: ObjectHead, finding: Finding): ConfigProblem {
  return { ...finding, object: { kind, namespace, name } };
}

function duplicates(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(names.filter((name) => seen.size === seen.add(name).size));
}

function named<T extends { readonly name: string }>(heads: readonly T[]): readonly T[] {
  const byName = new Map(heads.map((head) => [head.name, head]));
  byName.delete("");
  return [...byName.values()];
}

function distinctByName<T extends { readonly source: DraftSource }>(
  drafts: readonly (T | undefined)[],
): readonly T[] {
  const byName = new Map<string, T>();
  for (const draft of drafts) if (draft) byName.set(draft.source.name, draft);
  return [...byName.values()];
}
