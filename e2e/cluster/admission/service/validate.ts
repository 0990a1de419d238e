import { parseIpAddress, parseIpPrefix } from "@steelyard/model/address";
import { type FieldError } from "../../http/api-error.ts";
import { duplicate, forbiddenField, invalidValue, notSupported, required } from "../../http/field-errors.ts";
import {
  arrayAt,
  at,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  sameJson,
  objectAt,
  stringAt,
} from "../../json.ts";
import {
  isDnsLabel,
  isDnsSubdomain,
  isPortName,
  isQualifiedName,
  labelErrors,
  whyNoLabel,
  whyNoSubdomain,
} from "../../write/names.ts";
import {
  clusterIpsOf,
  isExternal,
  isHeadless,
  isLoadBalancer,
  needsClusterIp,
  portsOf,
  specOf,
  typeOf,
} from "./service-spec.ts";

/** All that is wrong with a Service after allocation; `previous` adds the rules about what may not change. */
export function serviceErrors(service: KubeObject, previous: KubeObject | undefined): readonly FieldError[] {
  return [
    ...portListErrors(service),
    ...choiceErrors(service),
    ...typeErrors(service),
    ...addressListErrors(service),
    ...nameErrors(service),
    ...(previous === undefined ? [] : changeErrors(service, previous)),
    ...ingressErrors(service),
  ];
}

const protocols = ["SCTP", "TCP", "UDP"];

function portListErrors(service: KubeObject): readonly FieldError[] {
  const ports = portsOf(service);
  const mayLackPorts = isHeadless(service) || typeOf(service) === "ExternalName";
  if (ports.length === 0) return mayLackPorts ? [] : [required("spec.ports")];
  return ports.flatMap((port, index) => [
    ...portErrors(port, `spec.ports[${index}]`, ports.length > 1),
    ...duplicateErrors(port, index, ports.slice(0, index)),
    ...(port["nodePort"] !== undefined && !isExternal(service)
      ? [
          forbiddenField(
            `spec.ports[${index}].nodePort`,
            `may not be used when \`type\` is '${typeOf(service)}'`,
          ),
        ]
      : []),
  ]);
}

function portErrors(port: JsonObject, field: string, isOneOfMany: boolean): readonly FieldError[] {
  const name = stringAt(port, "name") ?? "";
  const protocol = stringAt(port, "protocol") ?? "TCP";
  return [
    ...(name === "" && isOneOfMany ? [required(`${field}.name`)] : []),
    ...(name === "" || isDnsLabel(name) ? [] : [invalidValue(`${field}.name`, name, whyNoLabel)]),
    ...numberErrors(port["port"] ?? 0, `${field}.port`),
    ...(protocols.includes(protocol) ? [] : [notSupported(`${field}.protocol`, protocol, protocols)]),
    ...targetErrors(port["targetPort"] ?? 0, `${field}.targetPort`),
  ];
}

function numberErrors(value: Json, field: string): readonly FieldError[] {
  if (typeof value === "number" && value >= 1 && value <= 65_535) return [];
  return [invalidValue(field, value, "must be between 1 and 65535, inclusive")];
}

function targetErrors(value: Json, field: string): readonly FieldError[] {
  if (typeof value !== "string") return numberErrors(value, field);
  return isPortName(value)
    ? []
    : [invalidValue(field, value, "must be a port name: at most 15 of a-z, 0-9 and '-', with a letter")];
}

function duplicateErrors(
  port: JsonObject,
  index: number,
  before: readonly JsonObject[],
): readonly FieldError[] {
  const field = `spec.ports[${index}]`;
  const errors: FieldError[] = [];
  const name = port["name"];
  if (name !== undefined && before.some((other) => other["name"] === name))
    errors.push(duplicate(`${field}.name`, name));
  if (before.some((other) => other["port"] === port["port"] && other["protocol"] === port["protocol"])) {
    errors.push(duplicate(field, { port: port["port"], protocol: port["protocol"] }));
  }
  const { nodePort } = port;
  const sharesNodePort = (other: JsonObject): boolean =>
    other["nodePort"] === nodePort && other["protocol"] === port["protocol"];
  if (nodePort !== undefined && before.some(sharesNodePort))
    errors.push(duplicate(`${field}.nodePort`, nodePort));
  return errors;
}

function choiceErrors(service: KubeObject): readonly FieldError[] {
  const choices: readonly (readonly [string, readonly string[]])[] = [
    ["sessionAffinity", ["ClientIP", "None"]],
    ["type", ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]],
    ["externalTrafficPolicy", ["Cluster", "Local"]],
    ["internalTrafficPolicy", ["Cluster", "Local"]],
  ];
  return choices.flatMap(([field, allowed]) => {
    const value = stringAt(service, "spec", field);
    return value === undefined || allowed.includes(value)
      ? []
      : [notSupported(`spec.${field}`, value, allowed)];
  });
}

function typeErrors(service: KubeObject): readonly FieldError[] {
  const spec = specOf(service);
  const loadBalancerOnly = ["allocateLoadBalancerNodePorts", "loadBalancerClass"].filter(
    (field) => spec[field] !== undefined,
  );
  const errors: FieldError[] = [];
  if (!isLoadBalancer(service)) {
    const why = "may only be used when `type` is 'LoadBalancer'";
    errors.push(...loadBalancerOnly.map((field) => forbiddenField(`spec.${field}`, why)));
  }
  if (!isExternal(service) && spec["externalTrafficPolicy"] !== undefined) {
    const why = "may only be set for externally-accessible services";
    errors.push(invalidValue("spec.externalTrafficPolicy", spec["externalTrafficPolicy"], why));
  }
  return [...errors, ...externalNameErrors(service)];
}

function externalNameErrors(service: KubeObject): readonly FieldError[] {
  if (typeOf(service) !== "ExternalName") return [];
  const name = (stringAt(service, "spec", "externalName") ?? "").replace(/\.$/, "");
  if (name === "") return [required("spec.externalName")];
  return isDnsSubdomain(name) ? [] : [invalidValue("spec.externalName", name, whyNoSubdomain)];
}

function addressListErrors(service: KubeObject): readonly FieldError[] {
  const external = arrayAt(service, "spec", "externalIPs").map(String);
  const sources = arrayAt(service, "spec", "loadBalancerSourceRanges").map(String);
  return [
    ...external.flatMap((text, index) =>
      parseIpAddress(text).ok
        ? []
        : [invalidValue(`spec.externalIPs[${index}]`, text, "must be a valid IP address")],
    ),
    ...sources.flatMap((text, index) => {
      // The API server names this field with a capital letter; clients may go by it.
      const field = `spec.LoadBalancerSourceRanges[${index}]`;
      return parseIpPrefix(text.trim()).ok ? [] : [invalidValue(field, text, "must be a valid CIDR value")];
    }),
  ];
}

/** Names that others go by: the selector's labels and the class of the load balancer. */
function nameErrors(service: KubeObject): readonly FieldError[] {
  const selector = objectAt(service, "spec", "selector");
  const loadBalancerClass = stringAt(service, "spec", "loadBalancerClass");
  const isClass = loadBalancerClass === undefined || isQualifiedName(loadBalancerClass);
  return [
    ...labelErrors("spec.selector", selector as Readonly<Record<string, string>>),
    ...(isClass
      ? []
      : [invalidValue("spec.loadBalancerClass", loadBalancerClass, "must be a qualified name")]),
  ];
}

function changeErrors(service: KubeObject, previous: KubeObject): readonly FieldError[] {
  const errors: FieldError[] = [];
  const [before] = clusterIpsOf(previous);
  if (
    needsClusterIp(service) &&
    needsClusterIp(previous) &&
    before !== undefined &&
    before !== clusterIpsOf(service)[0]
  ) {
    errors.push(invalidValue("spec.clusterIPs[0]", clusterIpsOf(service), "may not change once set"));
  }
  const loadBalancerClass = at(service, "spec", "loadBalancerClass");
  const bothBalance = isLoadBalancer(service) && isLoadBalancer(previous);
  if (bothBalance && !sameJson(loadBalancerClass, at(previous, "spec", "loadBalancerClass"))) {
    errors.push(invalidValue("spec.loadBalancerClass", loadBalancerClass, "may not change once set"));
  }
  return errors;
}

function ingressErrors(service: KubeObject): readonly FieldError[] {
  const list = arrayAt(service, "status", "loadBalancer", "ingress").filter(isObject);
  const field = "status.loadBalancer.ingress";
  if (list.length > 0 && !isLoadBalancer(service)) {
    return [forbiddenField(field, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  return list.flatMap((item, index) => oneIngressErrors(item, `${field}[${index}]`));
}

function oneIngressErrors(item: JsonObject, field: string): readonly FieldError[] {
  const { ip, ipMode, hostname } = item;
  const errors: FieldError[] = [];
  if (typeof ip === "string" && !parseIpAddress(ip).ok) {
    errors.push(
      invalidValue(`${field}.ip`, ip, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
    );
  }
  if (ip !== undefined && ipMode === undefined)
    errors.push(required(`${field}.ipMode`, "must be specified when `ip` is set"));
  if (ip === undefined && ipMode !== undefined)
    errors.push(forbiddenField(`${field}.ipMode`, "may not be specified when `ip` is not set"));
  if (ipMode !== undefined && ipMode !== "VIP" && ipMode !== "Proxy")
    errors.push(notSupported(`${field}.ipMode`, ipMode, ["Proxy", "VIP"]));
  if (typeof hostname === "string" && !isDnsSubdomain(hostname))
    errors.push(invalidValue(`${field}.hostname`, hostname, whyNoSubdomain));
  return errors;
}
