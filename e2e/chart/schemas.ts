import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { repositoryFolder } from "../cluster/repository.ts";

export const kubernetesVersions = ["1.31", "1.32", "1.33", "1.34", "1.35", "1.36"];

/** What a judge says of a manifest (e2e/peers/schemas). */
export interface Judgement {
  /** Version of k8s.io/api it is built with, such as `v0.36.6`. */
  readonly kubernetes: string;
  /** How many objects decode strictly. */
  readonly valid: number;
  /** A sentence for each that does not. */
  readonly invalid: readonly string[];
  /** How many objects are of groups that are not Kubernetes' own, by group. */
  readonly notJudged: Readonly<Record<string, number>>;
}

/** Why the objects cannot be held against that Kubernetes' types, as a reason to skip; undefined when they can. */
export function whyNoJudge(version: string): string | undefined {
  if (existsSync(judgeOf(version))) return undefined;
  return "Kubernetes' types are not in .cache/schemas: node scripts/build-schemas.mjs, with Go";
}

/** Decodes every document strictly into the types of that Kubernetes. */
export function judge(version: string, manifest: string): Promise<Judgement> {
  return new Promise((resolve, reject) => {
    const child = execFile(judgeOf(version), (error, stdout) => {
      if (error === null) resolve(JSON.parse(stdout) as Judgement);
      else reject(new Error(`the judge of Kubernetes ${version}: ${error.message}`));
    });
    child.stdin?.end(manifest);
  });
}

function judgeOf(version: string): string {
  return join(repositoryFolder(), ".cache", "schemas", `kubernetes-${version}`);
}
