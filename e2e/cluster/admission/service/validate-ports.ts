import { type FieldError } from "../../http/api-error.ts";
import { duplicate, forbiddenField, invalidValue, notSupported, required } from "../../http/field-errors.ts";
import { type Json, type JsonObject, type KubeObject, stringAt } from "../../json.ts";
import { isDnsLabel, isPortName, isQualifiedName, whyNoLabel } from "../../write/names.ts";
import { isExternal, isHeadless, portsOf, typeOf } from "./service-spec.ts";

const protocols = ["SCTP", "TCP", "UDP"];

/** What is wrong with the ports of a Service, each by itself and all together. */
export function portListErrors(service: KubeObject): readonly FieldError[] {
  const ports = portsOf(service);
  const mayLackPorts = isHeadless(service) || typeOf(service) === "ExternalName";
  if (ports.length === 0) return mayLackPorts ? [] : [required("spec.ports")];
  return ports.flatMap((port, index) => [
    ...portErrors(port, `spec.ports[${index}]`, ports.length > 1),
    ...duplicateErrors(port, index, ports.slice(0, index)),
    ...nodePortErrors(service, port, index),
  ]);
}

function portErrors(port: JsonObject, field: string, isOneOfMany: boolean): readonly FieldError[] {
  const name = stringAt(port, "name") ?? "";
  const protocol = stringAt(port, "protocol") ?? "TCP";
  const appProtocol = stringAt(port, "appProtocol");
  return [
    ...(name === "" && isOneOfMany ? [required(`${field}.name`)] : []),
    ...(name === "" || isDnsLabel(name) ? [] : [invalidValue(`${field}.name`, name, whyNoLabel)]),
    ...numberErrors(port["port"] ?? 0, `${field}.port`),
    ...(protocols.includes(protocol) ? [] : [notSupported(`${field}.protocol`, protocol, protocols)]),
    ...targetErrors(port["targetPort"] ?? 0, `${field}.targetPort`),
    ...(appProtocol === undefined || isQualifiedName(appProtocol)
      ? []
      : [invalidValue(`${field}.appProtocol`, appProtocol, "must be a qualified name")]),
  ];
}

function numberErrors(value: Json, field: string): readonly FieldError[] {
  if (typeof value === "number" && value >= 1 && value <= 65_535) return [];
  return [invalidValue(field, value, "must be between 1 and 65535, inclusive")];
}

function targetErrors(value: Json, field: string): readonly FieldError[] {
  if (typeof value !== "string") return numberErrors(value, field);
  if (isPortName(value)) return [];
  return [invalidValue(field, value, "must be a port name: at most 15 of a-z, 0-9 and '-', with a letter")];
}

function duplicateErrors(
  port: JsonObject,
  index: number,
  before: readonly JsonObject[],
): readonly FieldError[] {
  const field = `spec.ports[${index}]`;
  const isTwice = (...keys: readonly string[]): boolean =>
    before.some((other) => keys.every((key) => port[key] !== undefined && other[key] === port[key]));
  return [
    ...(isTwice("name") ? [duplicate(`${field}.name`, port["name"])] : []),
    ...(isTwice("port", "protocol")
      ? [duplicate(field, { port: port["port"], protocol: port["protocol"] })]
      : []),
    ...(isTwice("nodePort", "protocol") ? [duplicate(`${field}.nodePort`, port["nodePort"])] : []),
  ];
}

function nodePortErrors(service: KubeObject, port: JsonObject, index: number): readonly FieldError[] {
  if (port["nodePort"] === undefined || isExternal(service)) return [];
  const why = `may not be used when \`type\` is '${typeOf(service)}'`;
  return [forbiddenField(`spec.ports[${index}].nodePort`, why)];
}
