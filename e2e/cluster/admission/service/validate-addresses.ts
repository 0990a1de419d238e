import { type IpAddress, parseIpAddress, parseIpPrefix, sameIpAddress } from "@steelyard/model/address";
import { type FieldError } from "../../http/api-error.ts";
import { invalidValue } from "../../http/field-errors.ts";
import { arrayAt, type KubeObject } from "../../json.ts";
import { clusterIpsOf, isExternal } from "./service-spec.ts";

/** What is wrong with the addresses of a Service that do not come from the cluster's ranges. */
export function addressErrors(service: KubeObject): readonly FieldError[] {
  const external = arrayAt(service, "spec", "externalIPs").map(String);
  const sources = arrayAt(service, "spec", "loadBalancerSourceRanges").map(String);
  return [
    ...headlessErrors(service),
    ...external.flatMap((text, index) => externalErrors(text, `spec.externalIPs[${index}]`)),
    ...sources.flatMap((text, index) => sourceErrors(text, `spec.LoadBalancerSourceRanges[${index}]`)),
  ];
}

function headlessErrors(service: KubeObject): readonly FieldError[] {
  const [first] = clusterIpsOf(service);
  if (first !== "None" || !isExternal(service)) return [];
  return [invalidValue("spec.clusterIPs[0]", first, "may not be set to 'None' for LoadBalancer services")];
}

function externalErrors(text: string, field: string): readonly FieldError[] {
  const address = parseIpAddress(text);
  if (!address.ok)
    return [invalidValue(field, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];
  const special = specialUse(address.value);
  return special === undefined ? [] : [invalidValue(field, text, `may not be ${special}`)];
}

/** Addresses that mean something of their own on every node (RFC 6890). */
function specialUse({ family, value }: IpAddress): string | undefined {
  if (value === 0n) return "unspecified";
  const [loopback, linkLocal, multicast] =
    family === "IPv4"
      ? [value >> 24n === 127n, value >> 16n === 0xa9fen, value >> 8n === 0xe00000n]
      : [value === 1n, value >> 118n === 0x3fan, value >> 112n === 0xff02n];
  if (loopback) return "in the loopback range";
  if (linkLocal) return "in the link-local range";
  return multicast ? "in the link-local multicast range" : undefined;
}

function sourceErrors(text: string, field: string): readonly FieldError[] {
  const prefix = parseIpPrefix(text.trim());
  const address = parseIpAddress(text.trim().split("/")[0] ?? "");
  if (prefix.ok && address.ok) {
    if (sameIpAddress(prefix.value.network, address.value)) return [];
    return [invalidValue(field, text, "must not have bits set beyond the prefix length")];
  }
  return [invalidValue(field, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")];
}
