import { parseIpAddress } from "@steelyard/model/address";
import { type FieldError } from "../../http/api-error.ts";
import { forbiddenField, invalidValue, notSupported, required } from "../../http/field-errors.ts";
import { arrayAt, isObject, type Json, type JsonObject, type KubeObject } from "../../json.ts";
import { isDnsSubdomain, whyNoSubdomain } from "../../write/names.ts";
import { isLoadBalancer } from "./service-spec.ts";

/** What is wrong with `status.loadBalancer.ingress`: what the operator writes. */
export function ingressErrors(service: KubeObject): readonly FieldError[] {
  const list = arrayAt(service, "status", "loadBalancer", "ingress").filter(isObject);
  const field = "status.loadBalancer.ingress";
  if (list.length > 0 && !isLoadBalancer(service)) {
    return [forbiddenField(field, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  return list.flatMap((item, index) => [
    ...addressErrors(item, `${field}[${index}]`),
    ...hostnameErrors(item["hostname"], `${field}[${index}].hostname`),
  ]);
}

function addressErrors({ ip, ipMode }: JsonObject, field: string): readonly FieldError[] {
  if (ip === undefined) {
    const why = "may not be specified when `ip` is not set";
    return ipMode === undefined ? [] : [forbiddenField(`${field}.ipMode`, why)];
  }
  const isAddress = typeof ip === "string" && parseIpAddress(ip).ok;
  const example = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
  return [
    ...(isAddress ? [] : [invalidValue(`${field}.ip`, ip, example)]),
    ...modeErrors(ipMode, `${field}.ipMode`),
  ];
}

function modeErrors(ipMode: Json | undefined, field: string): readonly FieldError[] {
  if (ipMode === undefined) return [required(field, "must be specified when `ip` is set")];
  return ipMode === "VIP" || ipMode === "Proxy" ? [] : [notSupported(field, ipMode, ["Proxy", "VIP"])];
}

function hostnameErrors(hostname: Json | undefined, field: string): readonly FieldError[] {
  if (typeof hostname !== "string") return [];
  if (parseIpAddress(hostname).ok)
    return [invalidValue(field, hostname, "must be a DNS name, not an IP address")];
  return isDnsSubdomain(hostname) ? [] : [invalidValue(field, hostname, whyNoSubdomain)];
}
