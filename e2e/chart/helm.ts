import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { repositoryFolder } from "../cluster/repository.ts";

const run = promisify(execFile);

export const chartFolder = join(repositoryFolder(), "charts", "steelyard");

/** The genuine Helm: what the environment names, else what the repository built; undefined when there is neither. */
export function findHelm(): string | undefined {
  const named = process.env["STEELYARD_HELM"];
  const places = [
    ...(named === undefined || named === "" ? [] : [named]),
    join(repositoryFolder(), ".cache", "helm", "helm"),
  ];
  return places.find((place) => existsSync(place));
}

export const whyNoHelm =
  findHelm() === undefined ? "helm is neither in STEELYARD_HELM nor in .cache/helm" : undefined;

export interface Rendering {
  readonly release?: string;
  /** Files with values, below `charts/steelyard/tests/values`. */
  readonly values?: readonly string[];
  /** As after `--set`. */
  readonly set?: readonly string[];
  readonly kubeVersion?: string;
  /** Kinds the cluster is said to have. */
  readonly apiVersions?: readonly string[];
}

/** What `helm template` prints. Rejects with Helm's own words when values are refused. */
export function renderChart(rendering: Rendering = {}): Promise<string> {
  return helm(["template", ...argumentsOf(rendering)]);
}

/**
 * What the user reads after `helm install`, which alone renders it and asks a cluster first: so a copy of the chart includes it in
 * a template.
 */
export async function renderNotes(rendering: Rendering = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "steelyard-chart-"));
  try {
    await cp(chartFolder, folder, { recursive: true });
    const file = "notes-as-object.yaml";
    const template = '{{ dict "notes" (include (print .Template.BasePath "/NOTES.txt") .) | toYaml }}';
    await writeFile(join(folder, "templates", file), template);
    const text = await helm([
      "template",
      ...argumentsOf(rendering, folder),
      ...["--show-only", join("templates", file)],
    ]);
    return (parse(text) as { readonly notes: string }).notes;
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function lintChart(): Promise<string> {
  return helm(["lint", chartFolder, "--strict", "--kube-version", "1.36.0"]);
}

function argumentsOf(
  { release = "steelyard", values = [], set = [], kubeVersion = "1.36.0", apiVersions = [] }: Rendering,
  chart = chartFolder,
): readonly string[] {
  return [
    ...[release, chart, "--namespace", "metallb-system", "--kube-version", kubeVersion],
    ...values.flatMap((name) => ["--values", join(chartFolder, "tests", "values", `${name}.yaml`)]),
    ...set.flatMap((assignment) => ["--set", assignment]),
    ...apiVersions.flatMap((version) => ["--api-versions", version]),
  ];
}

async function helm(args: readonly string[]): Promise<string> {
  // Nowhere to look for a cluster: what is rendered must not depend on the machine.
  const env = { ...process.env, KUBECONFIG: "/dev/null" };
  const { stdout } = await run(findHelm() ?? "helm", args, { env, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
