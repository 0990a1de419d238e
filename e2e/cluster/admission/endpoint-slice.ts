import { parseIpAddress } from "@steelyard/model/address";
import { type FieldError } from "../http/api-error.ts";
import { duplicate, invalidValue, notSupported, required } from "../http/field-errors.ts";
import { arrayAt, isObject, type JsonObject, type KubeObject, stringAt } from "../json.ts";
import { isDnsLabel, whyNoLabel } from "../write/names.ts";

/** A port without protocol is TCP and one without name is named ""; empty lists are null, as in Kubernetes. */
export function withSliceDefaults(slice: KubeObject): KubeObject {
  const ports = arrayAt(slice, "ports").filter(isObject);
  const endpoints = arrayAt(slice, "endpoints")
    .filter(isObject)
    .map((endpoint) => ({ conditions: {}, ...endpoint }));
  const filled = ports.map((port) => ({
    ...port,
    name: port["name"] ?? "",
    protocol: port["protocol"] ?? "TCP",
  }));
  return {
    ...slice,
    endpoints: endpoints.length === 0 ? null : endpoints,
    ports: ports.length === 0 ? null : filled,
  };
}

const addressTypes = ["FQDN", "IPv4", "IPv6"];
const protocols = ["SCTP", "TCP", "UDP"];

export function sliceErrors(slice: KubeObject, previous: KubeObject | undefined): readonly FieldError[] {
  const type = stringAt(slice, "addressType");
  if (type === undefined || type === "") return [required("addressType")];
  if (!addressTypes.includes(type)) return [notSupported("addressType", type, addressTypes)];
  const before = stringAt(previous, "addressType");
  const changed = before !== undefined && before !== type;
  return [
    ...portErrors(arrayAt(slice, "ports").filter(isObject)),
    ...arrayAt(slice, "endpoints").flatMap((endpoint, index) =>
      endpointErrors(endpoint as JsonObject, type, index),
    ),
    ...(changed ? [invalidValue("addressType", type, "field is immutable")] : []),
  ];
}

function portErrors(ports: readonly JsonObject[]): readonly FieldError[] {
  return ports.flatMap((port, index) => {
    const field = `ports[${index}]`;
    const name = stringAt(port, "name") ?? "";
    const protocol = stringAt(port, "protocol") ?? "TCP";
    const isTwice = ports.slice(0, index).some((other) => (other["name"] ?? "") === name);
    return [
      ...(isTwice ? [duplicate(`${field}.name`, name)] : []),
      ...(name === "" || isDnsLabel(name) ? [] : [invalidValue(`${field}.name`, name, whyNoLabel)]),
      ...(protocols.includes(protocol) ? [] : [notSupported(`${field}.protocol`, protocol, protocols)]),
    ];
  });
}

function endpointErrors(endpoint: JsonObject, type: string, index: number): readonly FieldError[] {
  const field = `endpoints[${index}].addresses`;
  const addresses = arrayAt(endpoint, "addresses").map(String);
  if (addresses.length === 0) return [required(field, "must contain at least 1 address")];
  if (type === "FQDN") return [];
  return addresses.flatMap((text, position) => {
    const address = parseIpAddress(text);
    if (address.ok && address.value.family === type) return [];
    return [invalidValue(`${field}[${position}]`, text, `must be a valid ${type} address`)];
  });
}
