import { sliceErrors, withSliceDefaults } from "../../admission/endpoint-slice.ts";
import { arrayAt, isObject, jsonText, type KubeObject, stringAt } from "../../json.ts";
import { ageColumn, nameColumn } from "../../printers/age.ts";
import { column } from "../../printers/column.ts";
import { flag, int32, list, mapOf, open, partly, struct, text, texts } from "../../schema/shapes.ts";
import { type ResourceDefinition } from "../definition.ts";
import { decodeCore } from "../plain-strategy.ts";
import { coreKind } from "./core-kind.ts";

const endpoint = struct(
  {
    addresses: texts,
    conditions: struct({ ready: flag, serving: flag, terminating: flag }),
    hostname: text,
    targetRef: open,
    deprecatedTopology: mapOf(text),
    nodeName: text,
    zone: text,
    hints: partly({ forZones: list(struct({ name: text })), forNodes: list(struct({ name: text })) }),
  },
  ["addresses"],
);

const port = struct({ name: text, protocol: text, port: int32, appProtocol: text });

export const endpointSliceKind: ResourceDefinition = coreKind({
  group: "discovery.k8s.io",
  plural: "endpointslices",
  kind: "EndpointSlice",
  schema: struct({ addressType: text, endpoints: list(endpoint), ports: list(port) }, [
    "addressType",
    "endpoints",
  ]),
  columns: [
    nameColumn,
    column("AddressType", (slice) => stringAt(slice, "addressType") ?? ""),
    column("Ports", (slice) =>
      joined(
        arrayAt(slice, "ports")
          .filter(isObject)
          .map((item) => jsonText(item["port"] ?? "*")),
      ),
    ),
    column("Endpoints", (slice) => joined(addressesOf(slice))),
    ageColumn,
  ],
  strategy: {
    decode: (object, version) => withSliceDefaults(decodeCore(object, version)),
    validate: sliceErrors,
    countsGenerations: true,
  },
});

function addressesOf(slice: KubeObject): readonly string[] {
  return arrayAt(slice, "endpoints").flatMap((item) => arrayAt(item, "addresses").map(String));
}

/** At most three, then how many more there are. */
function joined(items: readonly string[]): string {
  if (items.length === 0) return "<unset>";
  const shown = items.slice(0, 3).join(",");
  return items.length > 3 ? `${shown} + ${items.length - 3} more...` : shown;
}
