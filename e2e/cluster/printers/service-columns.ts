import {
  arrayAt,
  isObject,
  jsonText,
  type JsonObject,
  type KubeObject,
  objectAt,
  stringAt,
} from "../json.ts";
import { ageColumn, nameColumn } from "./age.ts";
import { column, type Column } from "./column.ts";

export const serviceColumns: readonly Column[] = [
  nameColumn,
  column("Type", (service) => stringAt(service, "spec", "type") ?? ""),
  column("Cluster-IP", (service) => stringAt(service, "spec", "clusterIP") ?? "<none>"),
  column("External-IP", externalAddresses),
  column("Port(s)", ports),
  ageColumn,
  column("Selector", selector, { wide: true }),
];

function externalAddresses(service: KubeObject): string {
  const external = arrayAt(service, "spec", "externalIPs").map(String);
  switch (stringAt(service, "spec", "type")) {
    case "LoadBalancer": {
      const all = [...ingressOf(service), ...external];
      return all.length === 0 ? "<pending>" : all.join(",");
    }
    case "ExternalName":
      return stringAt(service, "spec", "externalName") ?? "<none>";
    default:
      return external.length === 0 ? "<none>" : external.join(",");
  }
}

function ingressOf(service: KubeObject): readonly string[] {
  const list = arrayAt(service, "status", "loadBalancer", "ingress").filter(isObject);
  return list.map((item) => jsonText(item["ip"] ?? item["hostname"]));
}

function ports(service: KubeObject): string {
  return arrayAt(service, "spec", "ports").filter(isObject).map(portText).join(",") || "<none>";
}

function portText(port: JsonObject): string {
  const nodePort = port["nodePort"] === undefined ? "" : `:${jsonText(port["nodePort"])}`;
  return `${jsonText(port["port"])}${nodePort}/${jsonText(port["protocol"] ?? "TCP")}`;
}

function selector(service: KubeObject): string {
  const pairs = Object.entries(objectAt(service, "spec", "selector")).map(
    ([key, value]) => `${key}=${jsonText(value)}`,
  );
  return pairs.join(",") || "<none>";
}
