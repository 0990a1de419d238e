import { KubeClient, KubeTransport, loadConnection, systemClock, systemRandom } from "@steelyard/client";
import { formatHelp, ownNamespace, parseFlags, type FlagValues } from "@steelyard/client/program";
import { listCluster } from "./adapters/kubernetes/list-cluster.ts";
import { readDocuments } from "./adapters/node/read-documents.ts";
import { type EditFault, exitCodeOf, type PlanReport, printPlan, readEdit } from "./core/plan/index.ts";
import { planFlags, planSummary } from "./shell/plan/plan-flags.ts";
import { planEdit } from "./shell/plan/plan-edit.ts";

/** What could not be judged: bad flags, files, objects, or no cluster to hold them against. */
const notJudged = 2;

type PlanFlags = FlagValues<typeof planFlags>;

/**
 * The entry of `operator.mjs plan`; like main.ts it wires and decides nothing. Its module is loaded only for this
 * command: the operator itself needs neither a YAML parser nor the schemas.
 *
 * @returns the exit code
 */
export async function planCommand(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const flags = parseFlags(planFlags, argv, process.env);
  if (!flags.ok) return refuse(flags.error);
  if (flags.value.help) {
    await print(formatHelp({ program: "node operator.mjs plan", summary: planSummary, specs: planFlags }));
    return 0;
  }
  try {
    return await plan(flags.value, signal);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
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
  const lists = await readCluster(flags.kubeconfig, namespace, signal);
  const timestamp = systemClock.timestamp();
  const options = { lbClasses: flags["lb-class"], configNamespace: namespace };
  const report = planEdit(lists, { edit, deletions, prune, timestamp }, options);
  if (!report.ok) return refuse(report.error);
  await print(
    output === "json" ? asJson(report.value) : printPlan(report.value, { wide: output === "wide" }),
  );
  return exitCodeOf(report.value);
}

async function readCluster(
  kubeconfig: string | undefined,
  namespace: string,
  signal: AbortSignal,
): ReturnType<typeof listCluster> {
  const time = { clock: systemClock, random: systemRandom };
  const connection = await loadConnection({ kubeconfig }, time);
  const transport = new KubeTransport(connection, { ...time, userAgent: "steelyard-plan" });
  try {
    return await listCluster(new KubeClient(transport), namespace, signal);
  } finally {
    transport.close();
  }
}

function describeFault({ source, object, path, message }: EditFault): string {
  return `${source}: ${object}: ${path === "" ? message : `${path} ${message}`}`;
}

/** What is not there is null, so that the fields are always the same. */
function asJson(report: PlanReport): string {
  return `${JSON.stringify(report, (_, value: unknown) => value ?? null, 2)}\n`;
}

/** Resolves when it is written, or when whoever read it has gone: the process must not end before. */
function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("error", () => resolve());
    process.stdout.write(text, () => resolve());
  });
}

function refuse(sentences: string): number {
  process.stderr.write(`${sentences}\n`);
  return notJudged;
}
