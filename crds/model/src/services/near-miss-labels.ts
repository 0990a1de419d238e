import { compareTexts } from "../foundation/index.ts";

type Labels = Readonly<Record<string, string>>;

/** A pod's name and its labels. */
export interface LabelledPod {
  readonly name: string;
  readonly labels: Labels | undefined;
}

/** One part of a selector that some pods almost fulfil. */
export interface NearMissLabel {
  /** What the selector asks for. */
  readonly wanted: { readonly key: string; readonly value: string };
  /** What the pods carry instead. */
  readonly found: { readonly key: string; readonly value: string };
}

/** Pods that a selector does not match, but probably was meant to. */
export interface NearMiss {
  /** Sorted by wanted key. */
  readonly labels: readonly NearMissLabel[];
  /** Names, sorted. */
  readonly pods: readonly string[];
}

/**
 * Pods that fulfil every part of a selector exactly or almost: the value under a kindred key, such as `app` against
 * `app.kubernetes.io/name`, or the key with a value that differs by a slip of the hand. Few differences first, then many
 * pods; the same differences come once. Empty when a pod matches exactly: then labels are not the trouble.
 */
export function nearMissLabels(selector: Labels, pods: readonly LabelledPod[]): readonly NearMiss[] {
  const wanted = Object.entries(selector).sort(([a], [b]) => compareTexts(a, b));
  const misses = new Map<string, { labels: readonly NearMissLabel[]; pods: string[] }>();
  for (const { name, labels = {} } of wanted.length === 0 ? [] : pods) {
    const found = differencesOf(wanted, labels);
    if (found === undefined) continue;
    if (found.length === 0) return [];
    const key = JSON.stringify(found);
    const miss = misses.get(key) ?? { labels: found, pods: [] };
    miss.pods.push(name);
    misses.set(key, miss);
  }
  return [...misses]
    .sort(([a, one], [b, other]) => {
      const fewer = one.labels.length - other.labels.length;
      return fewer || other.pods.length - one.pods.length || compareTexts(a, b);
    })
    .map(([, miss]) => ({ ...miss, pods: miss.pods.sort(compareTexts) }));
}

/** undefined = one part is not even nearly fulfilled. */
function differencesOf(
  wanted: readonly (readonly [string, string])[],
  labels: Labels,
): readonly NearMissLabel[] | undefined {
  const differences: NearMissLabel[] = [];
  for (const [key, value] of wanted) {
    if (Object.hasOwn(labels, key) && labels[key] === value) continue;
    const found = nearest({ key, value }, labels);
    if (found === undefined) return undefined;
    differences.push({ wanted: { key, value }, found });
  }
  return differences;
}

function nearest(
  { key, value }: NearMissLabel["wanted"],
  labels: Labels,
): NearMissLabel["found"] | undefined {
  const own = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (own !== undefined && isSlip(own, value)) return { key, value: own };
  const kindred = Object.entries(labels)
    .filter(([other, text]) => text === value && areKindred(other, key))
    .map(([other]) => other)
    .sort(compareTexts)[0];
  return kindred === undefined ? undefined : { key: kindred, value };
}

/** Keys by which charts and tutorials name one and the same thing. */
const families: readonly (readonly string[])[] = [
  [
    "app",
    "k8s-app",
    "name",
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "run",
    "service",
    "component",
  ],
  ["component", "tier", "role", "app.kubernetes.io/component"],
  ["release", "instance", "app.kubernetes.io/instance"],
  ["version", "app.kubernetes.io/version"],
];

function areKindred(a: string, b: string): boolean {
  const isSameFamily = families.some((family) => family.includes(a) && family.includes(b));
  return isSameFamily || isSlip(a, b) || nameOf(a) === nameOf(b);
}

/** Without the prefix. */
function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** Other case, another separator, or one letter more, less, else or swapped in a word of at least four. */
function isSlip(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.toLowerCase().replaceAll(/[-_.]/g, "")) as [string, string];
  if (left === right) return true;
  // web-1 and web-2 differ on purpose.
  if (left.replaceAll(/\d/g, "") === right.replaceAll(/\d/g, "")) return false;
  return Math.min(left.length, right.length) >= 4 && isOneLetterApart(left, right);
}

function isOneLetterApart(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  const isSwapped = short[at] === long[at + 1] && short[at + 1] === long[at];
  if (short.length === long.length && isSwapped && short.slice(at + 2) === long.slice(at + 2)) return true;
  return short.slice(short.length === long.length ? at + 1 : at) === long.slice(at + 1);
}

/** `pods web-1 and web-2 carry app.kubernetes.io/name=web, the Service selects app=web`. */
export function formatNearMiss({ labels, pods }: NearMiss): string {
  const [first = "", second] = pods;
  const who =
    pods.length === 1
      ? `pod ${first} carries`
      : `${pods.length === 2 ? `pods ${first} and ${second}` : `${pods.length} pods such as ${first}`} carry`;
  const text = (side: "found" | "wanted"): string =>
    labels.map((label) => `${label[side].key}=${label[side].value}`).join(",");
  return `${who} ${text("found")}, the Service selects ${text("wanted")}`;
}
