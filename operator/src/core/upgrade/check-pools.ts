import { parseLabelSelector, matchesLabels, type JsonObject } from "@steelyard/model/foundation";
import { projectNamespace, serviceAnnotations } from "@steelyard/model/resources";
import { listAt, nameOf, numberAt, objectAt, objectsAt, titleOf, valueAt } from "./raw-object.ts";
import { finding, nothingToDo, type UpgradeContext } from "./upgrade-context.ts";
import { type UpgradeFinding } from "./upgrade-report.ts";

const priority = "spec.serviceAllocation.priority";

/** Pools of which MetalLB's reading is peculiar (reference metallb.md, section 9, quirks 6, 7 and 39). */
export function checkPools(context: UpgradeContext): readonly UpgradeFinding[] {
  const { ipAddressPools: pools } = context.snapshot;
  return [
    ...pools.flatMap((pool) => checkNamespaceSelectors(pool, context)),
    ...pools.flatMap(checkPriority),
    ...checkOrder(pools),
    ...checkEqualPriorities(pools),
  ];
}

function allocationOf(pool: JsonObject): JsonObject {
  return objectAt(pool, "spec", "serviceAllocation");
}

function checkNamespaceSelectors(pool: JsonObject, { snapshot }: UpgradeContext): readonly UpgradeFinding[] {
  const allocation = allocationOf(pool);
  const selectors = listAt(allocation, "namespaceSelectors").map(parseLabelSelector);
  const labels = snapshot.namespaces.map((one) => projectNamespace(one).metadata.labels);
  const isMatching = selectors.some(
    (selector) => selector.ok && labels.some((one) => matchesLabels(selector.value, one)),
  );
  if (selectors.length === 0 || isMatching || listAt(allocation, "namespaces").length > 0) return [];
  const hasServiceSelectors = listAt(allocation, "serviceSelectors").length > 0;
  const what = "matches no namespace, which MetalLB takes for no restriction at all";
  const happens = hasServiceSelectors
    ? "Services of other namespaces that its serviceSelectors match get nothing of this pool any more; who has an address keeps it"
    : "Services of other namespaces that ask for this pool by name get nothing of it any more; who has an address keeps it";
  return [
    finding(
      "behaviour",
      [titleOf("IPAddressPool", pool), "spec.serviceAllocation.namespaceSelectors"],
      what,
      happens,
      "write selectors that match, or remove them if everybody is meant",
    ),
  ];
}

function checkPriority(pool: JsonObject): readonly UpgradeFinding[] {
  const given = numberAt(allocationOf(pool), "priority") ?? 0;
  if (given >= 0) return [];
  const what = `is ${given}, for which MetalLB's order is undefined`;
  return [
    finding(
      "behaviour",
      [titleOf("IPAddressPool", pool), priority],
      what,
      "it counts as none: the pool comes after those with a priority",
      "write 1 or more",
    ),
  ];
}

/** Pools that a Service gets an address of without asking for one. */
function isOpen(pool: JsonObject): boolean {
  return valueAt(pool, "spec", "autoAssign") !== false;
}

function checkOrder(pools: readonly JsonObject[]): readonly UpgradeFinding[] {
  const open = pools.filter(
    (pool) => isOpen(pool) && valueAt(pool, "spec", "serviceAllocation") === undefined,
  );
  if (open.length < 2) return [];
  const names = open.map(nameOf).sort();
  const what = `${names.length} pools are for everybody (${names.join(", ")}), and MetalLB tries them in random order`;
  const { name } = serviceAnnotations.addressPool;
  return [
    finding(
      "note",
      [`IPAddressPool ${names.join(", ")}`],
      what,
      "new Services get an address of the first by name that has one; nobody moves",
      `who wants a certain pool writes ${name}`,
    ),
  ];
}

function checkEqualPriorities(pools: readonly JsonObject[]): readonly UpgradeFinding[] {
  const byPriority = new Map<number, string[]>();
  for (const pool of pools) {
    const allocation = allocationOf(pool);
    const isPinned =
      objectsAt(allocation, "namespaceSelectors").length > 0 || listAt(allocation, "namespaces").length > 0;
    const isSelecting = listAt(allocation, "serviceSelectors").length > 0;
    const given = numberAt(allocation, "priority") ?? 0;
    if (isOpen(pool) && (isPinned || isSelecting))
      byPriority.set(given, [...(byPriority.get(given) ?? []), nameOf(pool)]);
  }
  return [...byPriority].flatMap(([given, names]) => {
    if (names.length < 2) return [];
    const what = `of pools with the same priority ${given} (${names.sort().join(", ")}) MetalLB tries any first`;
    return [
      finding(
        "note",
        [`IPAddressPool ${names.join(", ")}`, priority],
        what,
        "the first by name that the Service may use",
        nothingToDo,
      ),
    ];
  });
}
