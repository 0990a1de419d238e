import { arrayAt, at, isArray, isObject, type Json, type JsonObject, stringAt } from "../json.ts";
import { ageColumn, ageOf, nameColumn } from "./age.ts";
import { type Column } from "./column.ts";
import { evaluateJsonPath, parseJsonPath } from "./json-path.ts";

/** The columns of a CRD version: its name, then `additionalPrinterColumns`, or the age when there are none. */
export function customColumns(version: JsonObject): readonly Column[] {
  const described = arrayAt(version, "additionalPrinterColumns");
  if (described.length === 0) return [nameColumn, ageColumn];
  return [nameColumn, ...described.filter(isObject).map(printerColumn)];
}

function printerColumn(spec: JsonObject): Column {
  const type = stringAt(spec, "type") ?? "string";
  const steps = parseJsonPath(stringAt(spec, "jsonPath") ?? "");
  const format = stringAt(spec, "format");
  const priority = at(spec, "priority");
  return {
    name: stringAt(spec, "name") ?? "",
    type,
    ...(format === undefined ? {} : { format }),
    description: stringAt(spec, "description") ?? "",
    priority: typeof priority === "number" ? priority : 0,
    cell: (object, { nowMillis }) => cellOf(evaluateJsonPath(steps, object), type, nowMillis),
  };
}

function cellOf(found: readonly Json[], type: string, nowMillis: number): Json {
  const [first] = found;
  if (first === undefined) return null;
  if (type === "date") return ageOf(typeof first === "string" ? first : undefined, nowMillis);
  if (type === "string") return found.map(shown).join(",");
  return first;
}

function shown(value: Json): string {
  return isArray(value) || isObject(value) ? JSON.stringify(value) : String(value);
}
