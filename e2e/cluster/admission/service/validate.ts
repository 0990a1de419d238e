import { type FieldError } from "../../http/api-error.ts";
import { forbiddenField, invalidValue, notSupported, required } from "../../http/field-errors.ts";
import { at, type KubeObject, objectAt, sameJson, stringAt } from "../../json.ts";
import { isDnsSubdomain, isQualifiedName, labelErrors, whyNoSubdomain } from "../../write/names.ts";
import {
  clusterIpsOf,
  familiesOf,
  isExternal,
  isLoadBalancer,
  needsClusterIp,
  needsHealthCheckPort,
  specOf,
  typeOf,
} from "./service-spec.ts";
import { addressErrors } from "./validate-addresses.ts";
import { ingressErrors } from "./validate-ingress.ts";
import { portListErrors } from "./validate-ports.ts";

/** All that is wrong with a Service after allocation; `previous` adds the rules about what may not change. */
export function serviceErrors(service: KubeObject, previous: KubeObject | undefined): readonly FieldError[] {
  return [
    ...portListErrors(service),
    ...choiceErrors(service),
    ...typeErrors(service),
    ...affinityErrors(service),
    ...addressErrors(service),
    ...nameErrors(service),
    ...(previous === undefined ? [] : changeErrors(service, previous)),
    ...ingressErrors(service),
  ];
}

const choices: readonly (readonly [string, readonly string[]])[] = [
  ["sessionAffinity", ["ClientIP", "None"]],
  ["type", ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]],
  ["externalTrafficPolicy", ["Cluster", "Local"]],
  ["internalTrafficPolicy", ["Cluster", "Local"]],
  ["trafficDistribution", ["PreferClose", "PreferSameZone", "PreferSameNode"]],
];

function choiceErrors(service: KubeObject): readonly FieldError[] {
  return choices.flatMap(([field, allowed]) => {
    const value = stringAt(service, "spec", field);
    return value === undefined || allowed.includes(value)
      ? []
      : [notSupported(`spec.${field}`, value, allowed)];
  });
}

function typeErrors(service: KubeObject): readonly FieldError[] {
  const spec = specOf(service);
  const errors: FieldError[] = [];
  if (!isLoadBalancer(service)) {
    const why = "may only be used when `type` is 'LoadBalancer'";
    const fields = ["allocateLoadBalancerNodePorts", "loadBalancerClass"].filter(
      (field) => spec[field] !== undefined,
    );
    errors.push(...fields.map((field) => forbiddenField(`spec.${field}`, why)));
    // The API server names this field with a capital letter; clients may go by it.
    if (spec["loadBalancerSourceRanges"] !== undefined)
      errors.push(forbiddenField("spec.LoadBalancerSourceRanges", why));
  }
  if (!isExternal(service) && spec["externalTrafficPolicy"] !== undefined) {
    const why = "may only be set for externally-accessible services";
    errors.push(invalidValue("spec.externalTrafficPolicy", spec["externalTrafficPolicy"], why));
  }
  if (!needsHealthCheckPort(service) && spec["healthCheckNodePort"] !== undefined) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalidValue("spec.healthCheckNodePort", spec["healthCheckNodePort"], why));
  }
  return [...errors, ...externalNameErrors(service)];
}

function externalNameErrors(service: KubeObject): readonly FieldError[] {
  if (typeOf(service) !== "ExternalName") return [];
  const name = (stringAt(service, "spec", "externalName") ?? "").replace(/\.$/, "");
  if (name === "") return [required("spec.externalName")];
  return isDnsSubdomain(name) ? [] : [invalidValue("spec.externalName", name, whyNoSubdomain)];
}

function affinityErrors(service: KubeObject): readonly FieldError[] {
  const seconds = at(service, "spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds");
  if (typeof seconds !== "number" || (seconds > 0 && seconds <= 86_400)) return [];
  const field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
  return [invalidValue(field, seconds, "must be greater than 0 and less than 86400")];
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
  const hadAddress = needsClusterIp(service) && needsClusterIp(previous) && before !== undefined;
  if (hadAddress && before !== clusterIpsOf(service)[0]) {
    errors.push(invalidValue("spec.clusterIPs[0]", clusterIpsOf(service), "may not change once set"));
  }
  const released = familiesOf(service).length < familiesOf(previous).length;
  const policy = specOf(service)["ipFamilyPolicy"];
  if (hadAddress && released && policy !== "SingleStack") {
    errors.push(
      invalidValue("spec.ipFamilyPolicy", policy, "must be 'SingleStack' to release the secondary IP family"),
    );
  }
  const loadBalancerClass = at(service, "spec", "loadBalancerClass");
  const bothBalance = isLoadBalancer(service) && isLoadBalancer(previous);
  if (bothBalance && !sameJson(loadBalancerClass, at(previous, "spec", "loadBalancerClass"))) {
    errors.push(invalidValue("spec.loadBalancerClass", loadBalancerClass, "may not change once set"));
  }
  return errors;
}
