import { formatIpRange, parseIpRange, RangeIndex, type IpRange } from "../address/index.ts";
import { BIND_INTERFACE_ANNOTATION } from "../resources/index.ts";
import { DEFAULTS } from "./defaults.ts";
import { type PoolDraft, type ServiceAllocationDraft } from "./drafts.ts";
import { type Findings } from "./findings.ts";
import { whyNotInterfaceName } from "./interface-name.ts";
import { type ObjectHead } from "./object-head.ts";
import {
  fieldOf,
  itemOf,
  readBoolean,
  readDistinctTexts,
  readInteger,
  readList,
  readObject,
  type RawField,
} from "./raw-fields.ts";
import { readSelectors } from "./selectors.ts";

/** Parses one IPAddressPool by itself (reference metallb.md, section 2.2). The draft is good when nothing refused it. */
export function readPool(head: ObjectHead, spec: RawField, findings: Findings): PoolDraft {
  const fields = readObject(spec, findings);
  const { autoAssign, avoidBuggyIPs } = DEFAULTS.ipAddressPool;
  const addresses = fieldOf(fields, "addresses", spec.path);
  const ranges = readAddresses(addresses, findings);
  return {
    source: head,
    labels: head.labels,
    bindInterface: readBindInterface(head, findings),
    ranges,
    // An empty list says as little about what it ought to say as one that cannot be read.
    hasUnreadableEntries:
      ranges.length === 0 || !Array.isArray(addresses.value) || ranges.length < addresses.value.length,
    autoAssign: readBoolean(fieldOf(fields, "autoAssign", spec.path), autoAssign, findings),
    avoidBuggyIps: readBoolean(fieldOf(fields, "avoidBuggyIPs", spec.path), avoidBuggyIPs, findings),
    serviceAllocation: readServiceAllocation(fieldOf(fields, "serviceAllocation", spec.path), findings),
  };
}

/** A slip in it must not cost the pool, which MetalLB would announce all the same. */
function readBindInterface({ annotations }: ObjectHead, findings: Findings): string | undefined {
  const name = annotations[BIND_INTERFACE_ANNOTATION];
  const problem = name === undefined || name === "" ? undefined : whyNotInterfaceName(name);
  if (problem === undefined) return name;
  findings.note({
    kind: "incomplete",
    path: `metadata.annotations["${BIND_INTERFACE_ANNOTATION}"]`,
    message: `the annotation has no effect: ${problem}`,
  });
  return undefined;
}

function readAddresses(addresses: RawField, findings: Findings): readonly IpRange[] {
  // No list and an empty list are the same fault; what is no list at all is another, which readList names.
  const isEmpty =
    addresses.value === undefined || (Array.isArray(addresses.value) && addresses.value.length === 0);
  if (isEmpty) findings.refuse(addresses.path, "the pool has no addresses");
  const defined = new RangeIndex<true>();
  const ranges: IpRange[] = [];
  for (const [index, value] of readList(addresses, findings).entries()) {
    const range = readRange(itemOf(addresses, index, value), defined, findings);
    if (range) ranges.push(range);
  }
  return ranges;
}

function readRange(item: RawField, defined: RangeIndex<true>, findings: Findings): IpRange | undefined {
  if (typeof item.value !== "string") {
    findings.refuse(item.path, "must be a text such as 192.0.2.0/28 or 192.0.2.1-192.0.2.9");
    return undefined;
  }
  const range = parseIpRange(item.value);
  if (!range.ok) {
    findings.refuse(item.path, range.error.message);
    return undefined;
  }
  const [other] = defined.overlapping(range.value);
  if (other) findings.refuse(item.path, overlapMessage(range.value, other.range, "of the same pool"));
  else defined.add(range.value, true);
  return range.value;
}

/** The sentence that MetalLB's users know (reference metallb.md, section 2.7). */
export function overlapMessage(range: IpRange, other: IpRange, owner: string): string {
  return `CIDR "${formatIpRange(range)}" overlaps with already defined CIDR "${formatIpRange(other)}" ${owner}`;
}

function readServiceAllocation(allocation: RawField, findings: Findings): ServiceAllocationDraft | undefined {
  if (allocation.value === undefined) return undefined;
  const fields = readObject(allocation, findings);
  const priority = readInteger(fieldOf(fields, "priority", allocation.path), findings);
  return {
    // Zero means "none" in the API, and a negative priority has no meaning: MetalLB sorts it at random (quirk 39).
    priority: priority === undefined || priority <= 0 ? DEFAULTS.ipAddressPool.priority : priority,
    namespaces: readDistinctTexts(fieldOf(fields, "namespaces", allocation.path), findings),
    namespaceSelectors: readSelectors(fieldOf(fields, "namespaceSelectors", allocation.path), findings),
    serviceSelectors: readSelectors(fieldOf(fields, "serviceSelectors", allocation.path), findings),
  };
}
