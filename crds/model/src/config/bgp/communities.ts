import { type DraftSource } from "../drafts.ts";
import { type Finding, type Findings } from "../findings.ts";
import { type ObjectHead } from "../object-head.ts";
import { fieldOf, itemOf, readList, readObject, readText, type RawField } from "../raw-fields.ts";
import { parseCommunity } from "./community-value.ts";
import { type BgpCommunity } from "./types.ts";

export interface CommunityDraft {
  readonly source: DraftSource;
  readonly aliases: readonly CommunityAlias[];
}

export interface CommunityAlias {
  readonly name: string;
  readonly value: BgpCommunity;
  /** Where the name stands in its object. */
  readonly path: string;
}

/** What the aliases in force stand for, by name; all Community objects share one namespace of names. */
export type Aliases = ReadonlyMap<string, BgpCommunity>;

/** Parses one Community by itself (reference metallb.md, sections 1.6 and 2.5). */
export function readCommunity(head: ObjectHead, spec: RawField, findings: Findings): CommunityDraft {
  const list = fieldOf(readObject(spec, findings), "communities", spec.path);
  const aliases = readList(list, findings).flatMap((value, index) =>
    readAlias(itemOf(list, index, value), findings),
  );
  refuseTwice(aliases, findings);
  return { source: head, aliases };
}

export function aliasesOf(drafts: Iterable<CommunityDraft>): Aliases {
  const all = [...drafts].flatMap(({ aliases }) => aliases);
  return new Map(all.map(({ name, value }) => [name, value]));
}

/** The names in `draft` that `other` defines as well. */
export function aliasClashes(draft: CommunityDraft, other: CommunityDraft): readonly Finding[] {
  const taken = new Set(other.aliases.map(({ name }) => name));
  return draft.aliases
    .filter(({ name }) => taken.has(name))
    .map(({ name, path }) => {
      const owner = `Community ${JSON.stringify(other.source.name)}`;
      return { kind: "wrong", path, message: `${duplicate(name)}, which ${owner} defines` };
    });
}

function readAlias(item: RawField, findings: Findings): readonly CommunityAlias[] {
  const fields = readObject(item, findings);
  const named = fieldOf(fields, "name", item.path);
  const name = readText(named, findings);
  const field = fieldOf(fields, "value", item.path);
  const value = parseCommunity(readText(field, findings) ?? "");
  if (!value.ok) findings.refuse(field.path, value.error.message);
  if (name === undefined) {
    // MetalLB takes such an entry, and nothing can ever refer to it.
    findings.note({
      kind: "wrong",
      path: named.path,
      message: "the entry has no name, so nothing can use it",
    });
  }
  return value.ok && name !== undefined ? [{ name, value: value.value, path: named.path }] : [];
}

function refuseTwice(aliases: readonly CommunityAlias[], findings: Findings): void {
  const seen = new Set<string>();
  for (const { name, path } of aliases) {
    if (seen.has(name)) findings.refuse(path, `${duplicate(name)}, which stands earlier in the list`);
    seen.add(name);
  }
}

function duplicate(name: string): string {
  return `duplicate definition of community ${JSON.stringify(name)}`;
}
