import { PREFERENCE_WEIGHT } from "./defaults.ts";
import { type L2AdvertisementDraft } from "./drafts.ts";
import { type Findings } from "./findings.ts";
import { whyNotInterfaceName } from "./interface-name.ts";
import { type ObjectHead } from "./object-head.ts";
import {
  fieldOf,
  itemOf,
  readDistinctTexts,
  readInteger,
  readList,
  readObject,
  readTexts,
  type RawField,
} from "./raw-fields.ts";
import { readSelector, readSelectors } from "./selectors.ts";
import { type L2Advertisement } from "./types.ts";

/** Parses one L2Advertisement by itself (reference metallb.md, section 2.4). An absent spec announces everything. */
export function readL2Advertisement(
  head: ObjectHead,
  spec: RawField,
  findings: Findings,
): L2AdvertisementDraft {
  const fields = readObject(spec, findings);
  const selectorsOf = (key: string) => readSelectors(fieldOf(fields, key, spec.path), findings);
  return {
    source: head,
    advertisement: {
      name: head.name,
      nodeSelectors: selectorsOf("nodeSelectors"),
      interfaces: readInterfaces(fieldOf(fields, "interfaces", spec.path), findings),
      serviceSelectors: selectorsOf("serviceSelectors"),
      preferredNodeSelectors: readPreferences(fieldOf(fields, "preferredNodeSelectors", spec.path), findings),
    },
    poolNames: readDistinctTexts(fieldOf(fields, "ipAddressPools", spec.path), findings),
    poolSelectors: selectorsOf("ipAddressPoolSelectors"),
  };
}

/**
 * An impossible name is reported but kept: MetalLB accepts it, the other names must go on working, and without it the
 * list could become empty, which would mean every interface.
 */
function readInterfaces(list: RawField, findings: Findings): readonly string[] {
  const names = readTexts(list, findings);
  for (const [index, name] of names.entries()) {
    const problem = whyNotInterfaceName(name);
    if (problem !== undefined) {
      findings.note({ kind: "wrong", path: `${list.path}[${index}]`, message: problem });
    }
  }
  return [...new Set(names)];
}

/** Unlike the other lists of selectors this one may repeat itself: weights of equal preferences add up. */
function readPreferences(list: RawField, findings: Findings): L2Advertisement["preferredNodeSelectors"] {
  return readList(list, findings).flatMap((value, index) => {
    const item = itemOf(list, index, value);
    const fields = readObject(item, findings);
    const weight = readWeight(fieldOf(fields, "weight", item.path), findings);
    const preference = readSelector(fieldOf(fields, "preference", item.path), findings);
    return weight === undefined || !preference ? [] : [{ weight, preference }];
  });
}

function readWeight(field: RawField, findings: Findings): number | undefined {
  const weight = readInteger(field, findings);
  const { lowest, highest } = PREFERENCE_WEIGHT;
  if (field.value === undefined || (weight !== undefined && (weight < lowest || weight > highest))) {
    findings.refuse(field.path, `must be a number from ${lowest} to ${highest}`);
  }
  return weight;
}
