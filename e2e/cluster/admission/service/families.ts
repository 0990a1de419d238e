import { type IpFamily, parseIpAddress } from "@steelyard/model/address";
import { type FieldError } from "../../http/api-error.ts";
import { duplicate, invalidValue, notSupported } from "../../http/field-errors.ts";
import { type KubeObject, objectAt, stringAt } from "../../json.ts";
import { clusterIpsOf, familiesOf, isHeadless, withSpec } from "./service-spec.ts";

const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];

/**
 * Settles clusterIPs, ipFamilies and ipFamilyPolicy of a Service with cluster IPs: `clusterIP` and `clusterIPs[0]` say
 * the same, the families follow from requested addresses or from the cluster, the policy decides how many there are.
 */
export function withFamilies(
  service: KubeObject,
  configured: readonly IpFamily[],
  previous?: KubeObject,
): KubeObject {
  const named = withClusterIps(service);
  const headlessWithoutSelector =
    isHeadless(named) && Object.keys(objectAt(named, "spec", "selector")).length === 0;
  const policy =
    stringAt(named, "spec", "ipFamilyPolicy") ??
    (headlessWithoutSelector ? "RequireDualStack" : "SingleStack");
  const asked = familiesOf(named).length > 0 ? familiesOf(named) : familiesOfAddresses(clusterIpsOf(named));
  const first = asked.length > 0 ? asked : configured.slice(0, 1);
  // A headless Service without selector may name pods of families this cluster has no Services in.
  const others: readonly IpFamily[] = headlessWithoutSelector ? ["IPv4", "IPv6"] : configured;
  const wantsTwo = policy === "PreferDualStack" || policy === "RequireDualStack";
  // Who takes the second family away must say so by the policy as well: it does not come back by itself.
  const isReleased = previous !== undefined && familiesOf(previous).length > first.length;
  const addsSecond = wantsTwo && !isReleased && first.length === 1;
  const second = addsSecond ? others.filter((family) => !first.includes(family)).slice(0, 1) : [];
  return withSpec(named, { ipFamilyPolicy: policy, ipFamilies: [...first, ...second] });
}

/** An address that is asked for by `clusterIP` alone is the first of `clusterIPs`. */
function withClusterIps(service: KubeObject): KubeObject {
  const single = stringAt(service, "spec", "clusterIP") ?? "";
  return clusterIpsOf(service).length === 0 && single !== ""
    ? withSpec(service, { clusterIPs: [single] })
    : service;
}

function familiesOfAddresses(texts: readonly string[]): readonly IpFamily[] {
  return texts.flatMap((text) => {
    const address = parseIpAddress(text);
    return address.ok ? [address.value.family] : [];
  });
}

/** What is wrong with the families, the policy and the addresses, taken together. */
export function familyErrors(service: KubeObject, configured: readonly IpFamily[]): readonly FieldError[] {
  const policy = stringAt(service, "spec", "ipFamilyPolicy") ?? "SingleStack";
  const families = familiesOf(service);
  const contradictions = listErrors(service);
  if (contradictions.length > 0) return contradictions;
  return [
    ...(policies.includes(policy) ? [] : [notSupported("spec.ipFamilyPolicy", policy, policies)]),
    ...families.flatMap((family, index) =>
      familyError(family, index, families, isHeadless(service) ? undefined : configured),
    ),
    ...policyErrors(policy, service, configured),
    ...addressErrors(service),
  ];
}

/** What is wrong with `clusterIPs` as a list, before any of its addresses is looked at. */
function listErrors(service: KubeObject): readonly FieldError[] {
  const all = clusterIpsOf(service);
  const single = stringAt(service, "spec", "clusterIP") ?? "";
  const wrong = (why: string): readonly FieldError[] => [invalidValue("spec.clusterIPs", all, why)];
  const families = familiesOfAddresses(all);
  return [
    ...(all.length > 0 && single === "" ? wrong("must be empty when `clusterIP` is not specified") : []),
    ...(single !== "" && all[0] !== single ? wrong("first value must match `clusterIP`") : []),
    ...(all.length > 1 && all.includes("None") ? wrong("'None' must be the first and only value") : []),
    ...(new Set(families).size < families.length
      ? wrong("may specify no more than one IP for each IP family")
      : []),
  ];
}

function familyError(
  family: string,
  index: number,
  all: readonly string[],
  configured: readonly string[] | undefined,
): readonly FieldError[] {
  const field = `spec.ipFamilies[${index}]`;
  if (family !== "IPv4" && family !== "IPv6") return [notSupported(field, family, ["IPv4", "IPv6"])];
  if (all.indexOf(family) !== index) return [duplicate(field, family)];
  if (configured === undefined || configured.includes(family)) return [];
  return [invalidValue(field, family, "not configured on this cluster")];
}

function policyErrors(
  policy: string,
  service: KubeObject,
  configured: readonly string[],
): readonly FieldError[] {
  const field = "spec.ipFamilyPolicy";
  if (policy === "RequireDualStack" && configured.length < 2 && !isHeadless(service)) {
    return [invalidValue(field, policy, "this cluster is not configured for dual-stack services")];
  }
  if (policy !== "SingleStack" || (familiesOf(service).length < 2 && clusterIpsOf(service).length < 2))
    return [];
  const why = "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified";
  return [invalidValue(field, policy, why)];
}

function addressErrors(service: KubeObject): readonly FieldError[] {
  const families = familiesOf(service);
  return clusterIpsOf(service).flatMap((text, index) => {
    const field = `spec.clusterIPs[${index}]`;
    if (text === "None" && index === 0) return [];
    const address = parseIpAddress(text);
    if (!address.ok) return [invalidValue(field, text, "must be a valid IP address")];
    const family = families[index];
    if (family === undefined || family === address.value.family) return [];
    return [
      invalidValue(field, text, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``),
    ];
  });
}
