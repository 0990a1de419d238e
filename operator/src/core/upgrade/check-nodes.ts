import { EXCLUDE_NODE_LABEL } from "@steelyard/model/resources";
import { nameOf, objectAt } from "./raw-object.ts";
import { finding, nothingToDo, type UpgradeContext } from "./upgrade-context.ts";
import { type UpgradeFinding } from "./upgrade-report.ts";

/** Nodes that are to announce nothing. */
export function checkNodes({ snapshot, programs }: UpgradeContext): readonly UpgradeFinding[] {
  const excluded = snapshot.nodes
    .filter((node) => objectAt(node, "metadata", "labels")[EXCLUDE_NODE_LABEL] !== undefined)
    .map(nameOf);
  if (excluded.length === 0) return [];
  const place = [`Node ${excluded.join(", ")}`, `metadata.labels["${EXCLUDE_NODE_LABEL}"]`] as const;
  if (programs.speaker?.isOn("ignore-exclude-lb") === true) {
    const what = "is there, and the speakers are told to ignore it";
    const happens = "without --ignore-exclude-lb the agents would announce nothing from these nodes";
    return [
      finding(
        "traffic",
        place,
        what,
        happens,
        "start the agents with it, too (value speaker.ignoreExcludeLB)",
      ),
    ];
  }
  if (excluded.length === snapshot.nodes.length) {
    const what = "is on every node, so MetalLB announces nothing";
    const happens =
      "where it leaves nobody to announce an address the agents suspend the rule and announce it";
    return [
      finding(
        "traffic",
        place,
        what,
        happens,
        "--strict-exclude-lb makes the rule final; else remove the label",
      ),
    ];
  }
  const what = "keeps these nodes from announcing";
  const happens =
    "the same; but where it would leave nobody at all to announce an address, the agents suspend it";
  return [finding("note", place, what, happens, `${nothingToDo}; --strict-exclude-lb makes the rule final`)];
}
