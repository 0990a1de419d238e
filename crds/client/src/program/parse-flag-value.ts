import { assertNever, err, ok, type Result } from "@steelyard/model/foundation";
import { type FlagSpec, type IntegerFlag } from "./flag-spec.ts";

export type FlagValue = string | number | boolean | readonly string[];

const truths = new Map([
  ...["1", "t", "T", "true", "TRUE", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "false", "FALSE", "False"].map((text) => [text, false] as const),
]);

/**
 * Reads one value of a flag.
 *
 * @param origin what the error sentence calls it, such as `flag --port` or `variable METALLB_NODE_NAME`
 * @returns the value, or one sentence that names the origin and the text
 */
export function parseFlagValue(spec: FlagSpec, text: string, origin: string): Result<FlagValue, string> {
  switch (spec.kind) {
    case "string":
      return ok(text);
    case "integer":
      return parseInteger(spec, text, origin);
    case "boolean": {
      const truth = truths.get(text);
      return truth === undefined
        ? err(`${origin}: ${JSON.stringify(text)} is neither true nor false`)
        : ok(truth);
    }
    case "list":
      return ok(parseList(text));
    case "choice":
      return spec.choices.includes(text)
        ? ok(text)
        : err(`${origin}: ${JSON.stringify(text)} is not one of ${spec.choices.join(", ")}`);
    default:
      return assertNever(spec);
  }
}

function parseInteger(spec: IntegerFlag, text: string, origin: string): Result<number, string> {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    return err(`${origin}: ${JSON.stringify(text)} is not a whole number`);
  }
  if (spec.min !== undefined && value < spec.min) return err(`${origin}: ${text} is less than ${spec.min}`);
  if (spec.max !== undefined && value > spec.max) return err(`${origin}: ${text} is more than ${spec.max}`);
  return ok(value);
}

function parseList(text: string): readonly string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
