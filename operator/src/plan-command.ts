import { systemClock } from "@steelyard/client";
import { type FlagValues, ownNamespace } from "@steelyard/client/program";
import { listCluster } from "./adapters/kubernetes/list-cluster.ts";
import { withClient } from "./adapters/kubernetes/with-client.ts";
import { readDocuments } from "./adapters/node/read-documents.ts";
import { printJson, printText } from "./adapters/node/terminal.ts";
import { refuse, runCommand } from "./command.ts";
import { type EditFault, exitCodeOf, printPlan, readEdit } from "./core/plan/index.ts";
import { planFlags, planSummary } from "./shell/plan/plan-flags.ts";
import { planEdit } from "./shell/plan/plan-edit.ts";

type PlanFlags = FlagValues<typeof planFlags>;

/**
 * The entry of `operator.mjs plan`; like main.ts it wires and decides nothing. Its module is loaded only for this
 * command: the operator itself needs neither a YAML parser nor the schemas.
 *
 * @returns the exit code
 */
export function planCommand(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const description = { name: "plan", summary: planSummary, flags: planFlags };
  return runCommand(description, argv, (flags) => plan(flags, signal));
}

async function plan(flags: PlanFlags, signal: AbortSignal): Promise<number> {
  const { f: files, delete: deletions, prune, o: output } = flags;
  if (files.length === 0 && (deletions.length === 0 || prune))
    return refuse("nothing to plan: give -f with a file, or --delete with a pool");
  const namespace = await ownNamespace(flags.namespace);
  if (namespace === undefined)
    return refuse(
      "flag --namespace is needed outside a Pod, or variable METALLB_NAMESPACE: where the pools are",
    );
  const edit = readEdit(await readDocuments(files), namespace);
  if (edit.faults.length > 0) return refuse(edit.faults.map(describeFault).join("\n"));
  const lists = await withClient({ kubeconfig: flags.kubeconfig, userAgent: "steelyard-plan" }, (client) =>
    listCluster(client, namespace, signal),
  );
  const timestamp = systemClock.timestamp();
  const options = { lbClasses: flags["lb-class"], configNamespace: namespace };
  const report = planEdit(lists, { edit, deletions, prune, timestamp }, options);
  if (!report.ok) return refuse(report.error);
  if (output === "json") await printJson(report.value);
  else await printText(printPlan(report.value, { wide: output === "wide" }));
  return exitCodeOf(report.value);
}

function describeFault({ source, object, path, message }: EditFault): string {
  return `${source}: ${object}: ${path === "" ? message : `${path} ${message}`}`;
}
