import { type ConfigProblem } from "@steelyard/model/config";
import { nameOf, textAt } from "./raw-object.ts";
import { finding, type UpgradeContext } from "./upgrade-context.ts";
import { type Severity, type UpgradeFinding } from "./upgrade-report.ts";

/** What Steelyard says of the objects of metallb.io, and what MetalLB says. */
export function checkConfiguration(context: UpgradeContext): readonly UpgradeFinding[] {
  const { built } = context;
  return [...checkStates(context), ...built.problems.map((problem) => describeProblem(problem, context))];
}

/** MetalLB refuses a configuration as a whole and goes on with the last good one, or with none after a restart. */
function checkStates({ snapshot }: UpgradeContext): readonly UpgradeFinding[] {
  const invalid = snapshot.configurationStates.filter(
    (state) => textAt(state, "status", "result") === "Invalid",
  );
  return invalid.map((state) => {
    const what = `MetalLB refuses the whole configuration: ${textAt(state, "status", "errorSummary").replaceAll("\n", "; ")}`;
    const happens = "all that is sound in it comes into force, including edits that MetalLB has not followed";
    return finding(
      "traffic",
      [`ConfigurationState ${nameOf(state)}`, "status.result"],
      what,
      happens,
      "put it right first, so that only the program changes and not the configuration",
    );
  });
}

function describeProblem(
  { object, path, message, kind }: ConfigProblem,
  { built }: UpgradeContext,
): UpgradeFinding {
  const verdict = built.verdicts.find(
    (one) =>
      one.object.kind === object.kind &&
      one.object.name === object.name &&
      one.object.namespace === object.namespace,
  );
  const place = [`${object.kind} ${object.namespace}/${object.name}`, path] as const;
  // Objects elsewhere are nobody's, and have no verdict.
  if (verdict === undefined)
    return finding("note", place, message, "it has no effect, as in MetalLB", "move it, or delete it");
  const severity: Severity = verdict.inForce === "none" ? "traffic" : kind === "wrong" ? "behaviour" : "note";
  const happens =
    verdict.inForce === "none"
      ? "the object is left out; all others are in force"
      : "the object is in force without it";
  return finding(
    severity,
    place,
    message,
    happens,
    kind === "wrong" ? "put it right before" : "add what is missing, or remove the reference",
  );
}
