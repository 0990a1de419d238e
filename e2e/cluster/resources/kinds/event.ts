import { type FieldError } from "../../http/api-error.ts";
import { invalidValue, required } from "../../http/field-errors.ts";
import { at, type KubeObject, stringAt } from "../../json.ts";
import { ageOf } from "../../printers/age.ts";
import { column } from "../../printers/column.ts";
import { byValue, int32, microTime, open, struct, text, time, whole } from "../../schema/shapes.ts";
import { type ResourceDefinition } from "../definition.ts";
import { decodeCore } from "../plain-strategy.ts";
import { coreKind } from "./core-kind.ts";

const reference = whole(
  struct({
    kind: text,
    namespace: text,
    name: text,
    uid: text,
    apiVersion: text,
    resourceVersion: text,
    fieldPath: text,
  }),
);

const involved = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

/** core/v1 Event; `kubectl describe` finds those of an object by the fields of `involvedObject`. */
export const eventKind: ResourceDefinition = coreKind({
  plural: "events",
  kind: "Event",
  shortNames: ["ev"],
  schema: struct({
    involvedObject: reference,
    reason: text,
    message: text,
    source: byValue(struct({ component: text, host: text })),
    firstTimestamp: time,
    lastTimestamp: time,
    count: int32,
    type: text,
    eventTime: microTime,
    series: open,
    action: text,
    related: reference,
    reportingComponent: text,
    reportingInstance: text,
  }),
  selectableFields: [
    ...involved.map((field) => `involvedObject.${field}`),
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  strategy: {
    decode: (object, version) => ({ ...alwaysThere, ...decodeCore(object, version) }),
    validate: eventErrors,
    createsOnUpdate: true,
  },
  columns: [
    column("Last Seen", (event, { nowMillis }) => ageOf(lastSeen(event), nowMillis)),
    column("Type", (event) => stringAt(event, "type") ?? ""),
    column("Reason", (event) => stringAt(event, "reason") ?? ""),
    column("Object", involvedObject),
    column("Subobject", (event) => stringAt(event, "involvedObject", "fieldPath") ?? "", { wide: true }),
    column("Source", source, { wide: true }),
    column("Message", (event) => stringAt(event, "message")?.trim() ?? ""),
    column("First Seen", (event, { nowMillis }) => ageOf(firstSeen(event), nowMillis), { wide: true }),
    column("Count", (event) => at(event, "count") ?? 1, { wide: true, type: "integer" }),
    column("Name", (event) => event.metadata.name ?? "", { wide: true }),
  ],
});

/** Fields that an Event shows even when they are empty. */
const alwaysThere = {
  source: {},
  firstTimestamp: null,
  lastTimestamp: null,
  eventTime: null,
  reportingComponent: "",
  reportingInstance: "",
};

/** An Event lives in the namespace of its object, or, about what has none, wherever it likes among the first ones. */
function eventErrors(event: KubeObject): readonly FieldError[] {
  const about = stringAt(event, "involvedObject", "namespace") ?? "";
  const own = event.metadata.namespace ?? "";
  const matches = about === own || (about === "" && (own === "default" || own === "kube-system"));
  return [
    ...(matches ? [] : [invalidValue("involvedObject.namespace", about, "does not match event.namespace")]),
    ...(at(event, "eventTime") === null ? [] : newStyleErrors(event)),
  ];
}

/** With an eventTime an Event is one of the newer kind, and these have more that is required. */
function newStyleErrors(event: KubeObject): readonly FieldError[] {
  const fields = ["reportingComponent", "reportingInstance", "action", "reason"];
  return fields.filter((field) => (stringAt(event, field) ?? "") === "").map((field) => required(field));
}

function lastSeen(event: KubeObject): string | undefined {
  return (
    stringAt(event, "series", "lastObservedTime") ?? stringAt(event, "lastTimestamp") ?? firstSeen(event)
  );
}

function firstSeen(event: KubeObject): string | undefined {
  return stringAt(event, "firstTimestamp") ?? stringAt(event, "eventTime");
}

function involvedObject(event: KubeObject): string {
  const kind = stringAt(event, "involvedObject", "kind")?.toLowerCase() ?? "";
  return `${kind}/${stringAt(event, "involvedObject", "name") ?? ""}`;
}

function source(event: KubeObject): string {
  const component = stringAt(event, "source", "component") ?? stringAt(event, "reportingComponent") ?? "";
  const host = stringAt(event, "source", "host");
  return host === undefined ? component : `${component}, ${host}`;
}
