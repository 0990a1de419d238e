import { type FlagSpec } from "./flag-spec.ts";

/** One sentence for each flag or variable that was given but does nothing here, to be logged once at the start. */
export function inertNotices(
  specs: readonly FlagSpec[],
  values: Readonly<Record<string, unknown>>,
): readonly string[] {
  return specs
    .filter((spec) => spec.inert !== undefined && values[spec.name] !== undefined)
    .map((spec) => `flag --${spec.name} is accepted but has no effect: ${spec.inert}`);
}
