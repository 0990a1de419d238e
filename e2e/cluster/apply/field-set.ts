/**
 * A set of paths in the form that FieldsV1 has: `f:name` for a field, `k:{…}` for an item of a keyed list, `v:…` for one
 * of a set. A node that is empty, or that has `.`, is itself in the set; the others are only on the way. No set at all
 * is `undefined`, so that the empty node is always a member. (Kubernetes, structured-merge-diff, fieldpath.)
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

export type Fields = FieldSet | undefined;

/** A member without anything below it. */
export const leaf: FieldSet = Object.freeze({});

const self = ".";

/** Whether the node itself is in the set. */
export function isMember(set: Fields): boolean {
  return set !== undefined && (Object.hasOwn(set, self) || Object.keys(set).length === 0);
}

/** The node with these children, itself a member or not; undefined when there is nothing in it. */
export function node(member: boolean, children: Readonly<Record<string, Fields>>): Fields {
  const result: Record<string, FieldSet> = {};
  for (const [element, child] of Object.entries(children)) if (child !== undefined) result[element] = child;
  if (Object.keys(result).length === 0) return member ? leaf : undefined;
  return member ? { [self]: leaf, ...result } : result;
}

/** The node, which is now a member itself. */
export function asMember(set: Fields): FieldSet {
  if (set === undefined) return leaf;
  return isMember(set) ? set : { [self]: leaf, ...set };
}

/** What lies below the node. */
export function elements(set: FieldSet): readonly string[] {
  return Object.keys(set).filter((element) => element !== self);
}

export function union(a: Fields, b: Fields): Fields {
  if (a === undefined || a === b) return b;
  if (b === undefined) return a;
  const children: Record<string, Fields> = {};
  for (const element of elements(a)) children[element] = a[element];
  for (const element of elements(b)) children[element] = union(a[element], b[element]);
  return node(isMember(a) || isMember(b), children);
}

/** Gives back `a` itself when nothing of it is in `b`, so that unchanged sets are shared. */
export function difference(a: Fields, b: Fields): Fields {
  if (a === undefined || b === undefined) return a;
  const children: Record<string, Fields> = {};
  for (const element of elements(a)) children[element] = difference(a[element], b[element]);
  const isKept = isMember(a) && !isMember(b);
  const isWhole = isKept === isMember(a) && elements(a).every((element) => children[element] === a[element]);
  return isWhole ? a : node(isKept, children);
}

export function intersection(a: Fields, b: Fields): Fields {
  if (a === undefined || b === undefined) return undefined;
  const children: Record<string, Fields> = {};
  for (const element of elements(a)) children[element] = intersection(a[element], b[element]);
  return node(isMember(a) && isMember(b), children);
}

/** What is neither in `b` nor below a member of it. */
export function excluding(a: Fields, b: Fields): Fields {
  if (a === undefined || b === undefined) return a;
  if (isMember(b)) return undefined;
  const children: Record<string, Fields> = {};
  for (const element of elements(a)) children[element] = excluding(a[element], b[element]);
  return node(isMember(a), children);
}

export function hasMember(set: Fields, element: string): boolean {
  return isMember(set?.[element]);
}

/** The paths as people read them, such as `.spec.ports[port=80,protocol="TCP"].name`; members before what is deeper. */
export function pathsOf(set: Fields, prefix = ""): readonly string[] {
  if (set === undefined) return [];
  const inner = elements(set).map((element) => ({ set: set[element], path: prefix + shown(element) }));
  return [
    ...inner.filter((child) => isMember(child.set)).map(({ path }) => path),
    ...inner.flatMap((child) => pathsOf(child.set, child.path)),
  ];
}

export function shown(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith("f:")) return `.${rest}`;
  if (element.startsWith("v:")) return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`;
}
